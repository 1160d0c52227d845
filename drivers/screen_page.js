"use strict";
// Paints what the station says, reports the step once people can see it, and goes dark when the station is silent.
// What is touched is told once, with the token of the question that it answers. Digits stay here until all are typed.

const byId = (id) => document.getElementById(id);
const page = byId("page");
const buttons = byId("buttons");
const FORGET_MS = 20000; // digits that somebody left behind
const TOUCHED_MS = 1200; // how long the glass shows that it was touched
const FEW = 6; // more buttons take a third column on a wide screen
let token = "";
let digits = "";
let digitsWanted = 0;
let forgetTimer = 0;
let blankTimer = 0;
let helpPhone = "";

function setWords(id, words) {
  byId(`${id}-zh`).textContent = words.zh;
  byId(`${id}-en`).textContent = words.en;
}

function line(words) {
  const item = document.createElement("li");
  const english = document.createElement("span");
  english.lang = "en";
  english.textContent = words.en;
  item.append(words.zh, " ", english);
  return item;
}

function picture(svg) {
  return document.adoptNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement);
}

function post(path, message) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
}

function touch(seen, answer) {
  seen.classList.add("touched");
  setTimeout(() => seen.classList.remove("touched"), TOUCHED_MS);
  post("touch", { token, ...answer })
    .then((told) => told.status === 409 ? fetch("state.json").then((fresh) => fresh.json()).then(show) : null)
    .catch(() => {}); // the station has gone: the page blanks itself
}

function target(choice) {
  const button = document.createElement("button");
  button.type = "button";
  if (choice.colour) button.dataset.colour = choice.colour;
  const english = document.createElement("span");
  english.lang = "en";
  english.textContent = choice.words.en;
  button.append(choice.words.zh, " ", english);
  button.onclick = () => touch(button, { key: choice.key });
  return button;
}

function setDigits(text) {
  clearTimeout(forgetTimer);
  digits = text;
  const typed = byId("typed");
  if (text) {
    forgetTimer = setTimeout(setDigits, FORGET_MS, "");
    typed.classList.remove("touched");
  }
  typed.setAttribute("aria-label", typed.dataset.label.replaceAll("{typed}", text.length).replaceAll("{wanted}", digitsWanted));
  typed.replaceChildren(...Array.from({ length: digitsWanted }, (_, place) => {
    const dot = document.createElement("i");
    dot.classList.toggle("full", place < text.length);
    return dot;
  }));
}

function type(key) {
  if (digits.length + 1 < digitsWanted) return setDigits(digits + key.dataset.digit);
  touch(byId("typed"), { digits: digits + key.dataset.digit }); // no key stays lit: it would tell the last digit
  setDigits("");
}

for (const key of document.querySelectorAll("[data-digit]")) key.onclick = () => type(key);
byId("back").onclick = () => setDigits(digits.slice(0, -1));

// The keypad's own way out is the page's button `cancel`, when it has one.
function cancel(wayOut) {
  setDigits("");
  if (wayOut) touch(byId("cancel"), { key: wayOut.key });
}

// Only a new question is laid out anew: whoever is typing or has a finger on the glass is not disturbed.
function ask(state) {
  if (state.token === token) return;
  token = state.token;
  digitsWanted = state.keypad_digits;
  setDigits("");
  const wayOut = digitsWanted ? state.buttons.find((choice) => choice.key === "cancel") : undefined;
  const choices = state.buttons.filter((choice) => choice !== wayOut);
  byId("cancel").onclick = () => cancel(wayOut);
  buttons.replaceChildren(...choices.map(target));
  buttons.hidden = !choices.length;
  page.classList.toggle("many", choices.length > FEW);
  byId("keypad").hidden = !digitsWanted;
  page.classList.toggle("touch", token !== "");
  page.classList.toggle("keypad", digitsWanted > 0);
}

function blank() {
  page.hidden = true;
  setDigits("");
  byId("qr").replaceChildren();
  byId("blank-phone").textContent = helpPhone;
  byId("blank-help").hidden = !helpPhone;
  byId("blank").hidden = false;
}

function layOut() {
  const count = buttons.childElementCount;
  const wide = matchMedia("(orientation: landscape)").matches;
  const columns = wide && count > FEW ? 3 : Math.min(2, count) || 1;
  buttons.style.setProperty("--columns", columns);
  buttons.style.setProperty("--rows", Math.ceil(count / columns));
}

// Long sentences become smaller rather than run into something else.
function fit() {
  const main = document.querySelector("main");
  const say = byId("say");
  layOut();
  for (let share = 100; share >= 40; share -= 5) {
    say.style.fontSize = `${share * (page.classList.contains("bare") ? 1.2 : 1)}%`;
    buttons.style.fontSize = `${Math.min(100, share + 40)}%`;
    if (main.scrollHeight <= main.clientHeight) return;
  }
}

function paint(state) {
  page.dataset.colour = state.colour;
  page.dataset.mood = state.mood;
  page.classList.toggle("bare", !state.code_svg);
  setWords("title", state.title);
  setWords("colour", state.colour_words);
  setWords("headline", state.headline);
  byId("lines").replaceChildren(...state.lines.map(line));
  byId("qr").replaceChildren(...(state.code_svg ? [picture(state.code_svg)] : []));
  byId("code").hidden = !state.code_svg;
  ask(state);
  byId("help-phone").textContent = state.help_phone;
  byId("help").hidden = !state.help_phone;
  byId("blank").hidden = true;
  page.hidden = false;
  fit();
}

// After the second frame the first one has been on the glass.
function reportAfterPaint(step) {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (page.hidden) return;
    post("shown", { step }).catch(() => {}); // the station has gone: the page blanks itself, the next page is reported again
  }));
}

function show(state) {
  clearTimeout(blankTimer);
  helpPhone = state.help_phone || helpPhone;
  if (state.blank) return blank();
  paint(state);
  blankTimer = setTimeout(blank, state.left_ms);
  if (state.step !== null) reportAfterPaint(state.step);
}

addEventListener("resize", fit);
addEventListener("contextmenu", (event) => event.preventDefault()); // a finger that rests
new EventSource("live").onmessage = (message) => show(JSON.parse(message.data));
