"use strict";
// Paints what the station says, reports the step once people can see it, and goes dark when the station is silent.

const byId = (id) => document.getElementById(id);
const page = byId("page");
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

function blank() {
  page.hidden = true;
  byId("qr").replaceChildren();
  byId("blank-phone").textContent = helpPhone;
  byId("blank-help").hidden = !helpPhone;
  byId("blank").hidden = false;
}

// Long sentences become smaller rather than run into something else.
function fit() {
  const main = document.querySelector("main");
  const say = byId("say");
  for (let share = 100; share >= 40; share -= 5) {
    say.style.fontSize = `${share * (page.classList.contains("bare") ? 1.2 : 1)}%`;
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
    fetch("shown", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ step }) })
      .catch(() => {}); // the station has gone: the page blanks itself, and the next page is reported again
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
new EventSource("live").onmessage = (message) => show(JSON.parse(message.data));
