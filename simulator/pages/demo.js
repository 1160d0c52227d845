"use strict";
// Draws what the demo tells and sends what a button says. Everything on the page comes from devices, screen, phone and office.

const byId = (id) => document.getElementById(id);
const demo = byId("demo");
const WORDS = {
  scan: ["扫码开门", "Scan the screen’s code"],
  push: ["推门进去", "Push and walk in"],
  leave: ["开门出来", "Open and leave"],
  pass: ["出示通行证", "Show my pass"],
  photo: ["出示旧照片", "Show an old photograph"],
  force: ["撬门", "Force the door"],
  prop: { level: "propped", on: ["放开门", "Let the door close"], off: ["抵住门", "Prop the door"] },
  sos: { level: "sos", on: ["松开 SOS", "Turn SOS free"], off: ["按 SOS", "Press SOS"] },
  clear: ["请办公室解除", "Ask to end the alarm"],
  cable: { level: "cable", on: ["拔网线", "Pull the cable"], off: ["插网线", "Plug the cable in"] },
  mains: { level: "power", on: ["断电", "Cut the mains"], off: ["来电", "Restore the mains"] },
};
const buttons = new Map();

function english(text) {
  const place = document.createElement("span");
  place.className = "en";
  place.lang = "en";
  place.textContent = text;
  return place;
}

const both = (place, words) => place.replaceChildren(words.zh, " ", english(words.en));

function setPair(id, words) {
  byId(id).querySelector("[data-zh]").textContent = words.zh;
  byId(id).querySelector("[data-en]").textContent = words.en;
}

function setPicture(id, name, number) {
  const address = number ? `pictures/${name}.png?n=${number}` : "";
  const image = byId(id);
  image.hidden = !number;
  if (number && image.getAttribute("src") !== address) image.src = address;
  return address;
}

// ---------------------------------------------------------------- what one can do

function label(button, deed, levels) {
  const words = WORDS[deed];
  const [zh, en] = Array.isArray(words) ? words : levels[words.level] ? words.on : words.off;
  if (button.dataset.words === zh) return;
  button.dataset.words = zh;
  both(button, { zh, en });
}

function mainDeed({ levels }) {
  if (levels.inside) return "leave";
  if (levels.open || levels.free) return "push";
  return levels.power ? "scan" : "mains";
}

function drawDeeds(told) {
  const main = byId("main-deed");
  main.dataset.deed = mainDeed(told);
  label(main, main.dataset.deed, told.levels);
  for (const [deed, button] of buttons) {
    button.hidden = deed === main.dataset.deed || !told.deeds.includes(deed);
    label(button, deed, told.levels);
  }
  for (const button of [main, ...buttons.values()]) button.setAttribute("aria-busy", String(button.dataset.deed === told.busy));
}

// Things in the picture do what their buttons do.
async function act(event) {
  const pressed = event.target.closest("[data-deed]");
  if (!pressed || demo.dataset.busy) return;
  const deed = pressed.dataset.deed === "door" ? (demo.dataset.inside === "on" ? "leave" : "push") : pressed.dataset.deed;
  scrollTo({ top: 0 }); // to what happens now
  try {
    await fetch(`do/${deed}`, { method: "POST" });
  } catch (gone) { /* the page says so when the live connection ends too */ }
}

// ---------------------------------------------------------------- the picture and the cards

function drawLevels(levels) {
  for (const [name, on] of Object.entries(levels)) {
    demo.dataset[name] = on ? "on" : "off";
    const chip = document.querySelector(`[data-level=${name}]`);
    if (chip) chip.dataset.on = on ? "yes" : "no";
  }
}

function drawScreen(screen) {
  demo.dataset.screen = screen.mood;
  if (screen.colour) demo.style.setProperty("--service", `var(--${screen.colour})`);
  if (screen.title.zh) setPair("name", screen.title);
  const address = setPicture("screen-code", "screen", screen.code);
  byId("screen-small").setAttribute("href", address);
  demo.dataset.code = screen.code ? "yes" : "no";
  const dark = screen.mood === "blank";
  setPair("screen-says", dark ? { zh: "黑屏", en: "Dark" } : screen.headline);
  byId("screen-help").hidden = !screen.help_phone;
  byId("screen-help").querySelector("b").textContent = screen.help_phone;
  byId("screen-lines").replaceChildren(...screen.lines.flatMap((line) => [line.zh, " ", english(line.en)]));
}

function drawPhone(phone) {
  demo.dataset.phone = phone.state;
  demo.dataset.phoneCode = phone.code ? "yes" : "no";
  setPicture("phone-code", "phone", phone.code);
  setPair("phone-says", phone.title);
  both(byId("phone-next"), phone.next);
}

function listed(place, key, entries, draw) {
  const newest = entries.length ? key(entries[entries.length - 1]) : "";
  if (place.dataset.newest === newest) return;
  place.dataset.newest = newest;
  place.replaceChildren(...entries.toReversed().map(draw));
}

function drawLine(line) {
  const item = document.createElement("li");
  const who = document.createElement("b");
  both(who, line.who);
  const what = document.createElement("span");
  both(what, line.words);
  item.append(who, " ", what);
  return item;
}

function drawRow(row) {
  const item = document.createElement("li");
  const number = document.createElement("b");
  number.textContent = `#${row.seq}`;
  const what = document.createElement("span");
  both(what, row.words);
  item.append(number, " ", what);
  return item;
}

function drawLight(health) {
  byId("light").dataset.light = demo.dataset.light = health.light;
  byId("light-words").replaceChildren(...health.words.map((words, index) => {
    const place = document.createElement(index ? "span" : "b");
    both(place, words);
    return place;
  }));
}

function draw(told) {
  demo.dataset.busy = told.busy;
  demo.dataset.held = told.held;
  drawLevels(told.levels);
  drawScreen(told.screen);
  drawPhone(told.phone);
  drawDeeds(told);
  listed(byId("log"), (line) => String(line.number), told.lines, drawLine);
  listed(byId("rows"), (row) => String(row.seq), told.office, drawRow);
  drawLight(told.health);
  demo.dataset.seen = "yes";
}

for (const deed of Object.keys(WORDS)) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.deed = deed;
  button.hidden = true;
  buttons.set(deed, button);
  byId("other-deeds").append(button);
}
for (const place of ["deeds", "scene"]) byId(place).addEventListener("click", act);

const live = new EventSource("live");
live.onmessage = (message) => {
  byId("lost").hidden = true;
  draw(JSON.parse(message.data));
};
live.onerror = () => { byId("lost").hidden = false; };
