"use strict";
// Draws what the demo tells and sends what a button says. Everything on the page comes from devices, screens, phone and office.

const byId = (id) => document.getElementById(id);
const demo = byId("demo");
const ON_THE_PHONE = ["scan", "pass", "photo"];
const NOT_BESIDE_OFFERS = ["pass", "photo"];
const buttons = new Map();
const things = new Map(); // by id: what the plan says of it, and its place on the wall
let plan = null;
let told = null;
let chosen = "";
let shownScreen = "";
let typed = "";

// ---------------------------------------------------------------- words and pieces

function make(tag, className, ...inside) {
  const place = document.createElement(tag);
  if (className) place.className = className;
  place.append(...inside);
  return place;
}

function english(text) {
  const place = make("span", "en", text);
  place.lang = "en";
  return place;
}

const pair = (words) => words.zh === words.en ? [words.zh] : [words.zh, " ", english(words.en)];
const both = (place, words) => place.replaceChildren(...pair(words));

function button(className, words, data) {
  const place = make("button", className, ...(words ? pair(words) : []));
  place.type = "button";
  Object.assign(place.dataset, data);
  return place;
}

function icon(name) {
  const place = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  place.setAttribute("viewBox", "0 0 24 24");
  place.setAttribute("aria-hidden", "true");
  place.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  place.append(path);
  return place;
}

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

// Lists that a finger may be on are made anew only when they change.
function listed(place, entries, draw) {
  const now = JSON.stringify(entries);
  if (place.dataset.drawn === now) return;
  place.dataset.drawn = now;
  place.replaceChildren(...entries.map(draw));
}

// ---------------------------------------------------------------- the wall, made from the plan

const ICONS = {
  lockers: "M4 3h16v18H4zM4 9h16M4 15h16M12 5.6v.8M12 11.6v.8M12 17.6v.8",
  sockets: "M8 3v6M16 3v6M5 9h14v3a7 7 0 0 1-14 0zM12 19v3",
  umbrella: "M12 3v1M2.5 12a9.5 8.500 0 0 1 19 0zM12 12v6.5a2 2 0 0 0 4 0",
  loans: "M4 8h16v12H4zM8 8V5h8v3",
  "power-bank": "M7 3h10a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM13 7l-3 5h4l-3 5",
  appliance: "M2 5h20v13H2zM5 8h9v7H5zM18 9v.1M18 12v.1M5 18v2M19 18v2",
  stock: "M3 8h18v12H3zM8 8V5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v3M12 11v6M9 14h6",
  books: "M4 19.500V5a2 2 0 0 1 2-2h14v14H6.500a2.300 2.300 0 0 0 0 4.500H20V17",
  door: "M5 21V4a1 1 0 0 1 1-1h12a1 1 0 0 1 1 1v17M3 21h18M15 12v.5",
  screen: "M3 4h18v13H3zM8 21h8M12 17v4",
  climate: "M10 14V5a2 2 0 0 1 4 0v9a4 4 0 1 1-4 0zM12 9v8",
  alarm: "M12 3L22 20H2zM12 9.500v5M12 17.300v.2",
  fan: "M12 12c-1-5 1-9 4-8s1 6-4 8c5-1 9 1 8 4s-6 1-8-4c1 5-1 9-4 8s-1-6 4-8c-5 1-9-1-8-4s6-1 8 4z",
  "air-con": "M2 5h20v8H2zM5 10h14M7 16c0 2-1 2-1 4M12 16c0 2-1 2-1 4M17 16c0 2-1 2-1 4",
  off: "M12 3v8M7 6a8 8 0 1 0 10 0",
  ups: "M3 8h16v9H3zM21 11v3M12 9l-3 4h4l-3 4",
  phone: "M8 2h8a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM11 19h2",
};
const OPENS = new Set(["open", "empty"]); // worth looking at when it happens
const SMALL = new Set(["cell", "slot", "socket"]);

function drawPlan() {
  demo.dataset.has = plan.has.join(" ");
  shownScreen = plan.screen;
  const groups = plan.groups.map((group) => {
    const shown = group.things.filter((one) => one.id !== plan.door && !(one.kind === "screen" && one.point === plan.screen));
    return { ...group, things: shown };
  }).filter((group) => group.things.length && !(group.type === "alarm" && group.things.length === 1));
  groups.sort((one, other) => (other.things.length > 5) - (one.things.length > 5)); // what is wide stands first
  byId("fittings").hidden = groups.length === 0;
  drawWindow(groups.find((group) => group.type === "lockers"));
  byId("fittings").replaceChildren(...groups.map(drawGroup));
}

// Through the window one sees the lockers, those that stand open lit.
function drawWindow(group) {
  if (!group) return;
  const across = 8, wide = 84 / across, rows = Math.ceil(group.things.length / across), high = Math.min(15, 120 / rows);
  byId("window-cells").replaceChildren(...group.things.map((one, place) => {
    const cell = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const at = { x: 266 + (place % across) * wide, y: 206 + Math.floor(place / across) * high, width: wide - 1.5, height: high - 1.5, rx: 1 };
    for (const [name, value] of Object.entries(at)) cell.setAttribute(name, value);
    cell.dataset.cell = one.id;
    return cell;
  }));
  demo.dataset.lockers = "yes";
}

function drawGroup(group) {
  const kind = ICONS[group.what] ? group.what : group.type;
  const head = make("h3", "", ...(ICONS[kind] ? [icon(kind)] : []), make("span", "", ...pair(group.title)));
  const inside = make("div", "things", ...group.things.map((one) => drawThing(group, one)));
  const place = make("section", "furniture-piece", head, inside);
  const count = group.things.length;
  Object.assign(place.dataset, { colour: group.colour, type: group.type, wide: count > 5 ? "yes" : "no", some: count > 1 ? "yes" : "no" });
  place.style.setProperty("--wide", count > 24 ? 26 : count > 10 ? 17 : count > 8 ? 12.5 : count > 4 ? 9.5 : count > 2 ? 15 : count > 1 ? 11 : 8.5);
  return place;
}

function drawThing(group, one) {
  const name = SMALL.has(one.kind) ? { zh: `${group.title.zh} ${one.label.zh}`, en: `${group.title.en} ${one.label.en}` }
    : group.things.length > 1 ? one.label : group.title;
  const place = one.kind === "heat" ? drawHeat(one) : button(`thing ${one.kind}`, null, { thing: one.id });
  if (one.kind !== "heat") place.append(...drawInside(group, one));
  things.set(one.id, { ...one, name, place });
  return place;
}

function drawInside(group, one) {
  const label = make("b", "label", ...(SMALL.has(one.kind) ? [one.label.zh] : pair(one.label)));
  const state = make("span", "state");
  switch (one.kind) {
    case "cell": return [make("i", "leaf"), label, make("small", "size", plan.sizes[one.also]?.zh ?? ""), state];
    case "slot": return [icon(ICONS[group.what] ? group.what : "loans"), label, state];
    case "socket": return [icon("sockets"), icon("phone"), label, state, make("span", "reading")];
    case "switch": return [icon(one.also), label, state];
    case "screen": return [make("i", "glass"), make("span", "reading")];
    case "door": return [make("i", "leaf"), state, make("span", "reading")];
    case "alarm": return [make("i", "knob"), label, state];
    case "ups": return [icon("ups"), label, state];
    case "appliance": return [make("i", "glow"), state, make("span", "reading")];
    case "shelf": return [make("i", "spines"), label, state];
    default: return [make("i", "leaf"), ...(group.things.length > 1 ? [label] : []), state];
  }
}

function drawHeat(one) {
  const slider = make("input");
  Object.assign(slider, { type: "range", min: "-10", max: "70", step: "1", value: "24" });
  slider.addEventListener("input", () => post("warm", one.id, slider.value));
  return make("label", "thing heat", make("b", "label", ...pair(one.label)), slider, make("span", "reading"));
}

function drawThings() {
  for (const [id, one] of things) {
    const stands = told.things[id];
    if (one.kind === "screen") { drawSmallScreen(one); continue; }
    if (!stands || one.drawn === stands.join()) continue;
    one.drawn = stands.join();
    const [state, reading] = stands;
    const words = plan.states[state];
    if (one.place.dataset.state !== undefined && OPENS.has(state)) one.place.scrollIntoView({ block: "nearest" });
    one.place.dataset.state = state;
    if (one.kind === "cell") document.querySelector(`[data-cell="${id}"]`)?.setAttribute("class", state);
    const stateAt = one.place.querySelector(".state"), readingAt = one.place.querySelector(".reading");
    if (stateAt) stateAt.replaceChildren(...(SMALL.has(one.kind) ? [words.zh] : pair(words)));
    if (readingAt) readingAt.textContent = one.kind === "socket" ? reading.split(" · ")[0] : reading;
    if (one.place.tagName === "BUTTON") one.place.setAttribute("aria-label", `${one.name.zh} ${one.name.en}: ${words.zh} ${words.en}${reading ? `, ${reading}` : ""}`);
  }
  drawHand();
}

function drawSmallScreen(one) {
  const screen = told.screens[one.point];
  const words = screen.mood === "blank" ? plan.blank : screen.headline;
  if (one.drawn === words.zh + screen.mood) return;
  one.drawn = words.zh + screen.mood;
  one.place.dataset.state = screen.mood;
  both(one.place.querySelector(".reading"), words);
  one.place.setAttribute("aria-label", `${one.label.zh} ${one.label.en}: ${words.zh} ${words.en}`);
}

// ---------------------------------------------------------------- the hand: what can be done with the chosen thing

function choose(id) {
  const one = things.get(id);
  if (one?.kind === "screen") {
    shownScreen = shownScreen === one.point ? plan.screen : one.point;
    drawScreen();
    byId("screen-card").scrollIntoView({ block: "nearest" });
    return;
  }
  chosen = chosen === id ? "" : id;
  for (const [name, other] of things) other.place.classList.toggle("chosen", name === chosen);
  drawHand();
}

function drawHand() {
  const stands = told.things[chosen];
  byId("hand").hidden = !stands;
  demo.dataset.hand = stands ? "yes" : "no";
  if (!stands) return;
  const [state, reading, ...deeds] = stands, one = things.get(chosen);
  listed(byId("hand-name"), [one.name], (words) => make("span", "", ...pair(words)));
  listed(byId("hand-state"), [plan.states[state], { zh: reading, en: reading }], (words) => make("span", "", ...pair(words)));
  listed(byId("hand-deeds"), deeds.map((deed) => [deed, chosen]), ([deed, thing]) => button("", plan.deeds[deed], { deed, thing }));
}

// ---------------------------------------------------------------- what one can do

function label(place, deed) {
  const { level, on, off } = plan.front[deed];
  const words = told.levels[level] ? on : off;
  if (place.dataset.words === words.zh) return;
  place.dataset.words = words.zh;
  both(place, words);
}

function mainDeed() {
  if (told.phone.first && told.phone.state === "station") return "first";
  if (told.levels.inside) return "leave";
  if (told.levels.open || told.levels.free) return "push";
  return told.levels.power ? "scan" : "mains";
}

function drawDeeds() {
  const main = byId("main-deed");
  main.dataset.deed = mainDeed();
  if (main.dataset.deed === "first") {
    const words = told.phone.sections.flatMap((one) => one.offers).find((one) => one.key === told.phone.first).words;
    if (main.dataset.words !== words.zh) both(main, words);
    main.dataset.words = words.zh;
  } else label(main, main.dataset.deed);
  for (const [deed, place] of buttons) {
    place.hidden = deed === main.dataset.deed || !told.deeds.includes(deed) || (NOT_BESIDE_OFFERS.includes(deed) && told.phone.state === "station");
    label(place, deed);
  }
  for (const place of [main, ...buttons.values()]) place.setAttribute("aria-busy", String(place.dataset.deed === told.busy));
}

async function post(deed, thing = "", value = "") {
  try {
    await fetch(`do/${deed}?${new URLSearchParams({ thing, value })}`, { method: "POST" });
  } catch (gone) { /* the page says so when the live connection ends too */ }
}

// Things in the picture do what their buttons do.
function act(event) {
  const pressed = event.target.closest("[data-deed]");
  if (!pressed || (demo.dataset.busy && !pressed.dataset.thing)) return;
  const { deed, thing = "", value = "" } = pressed.dataset;
  const main = deed === "door" ? (demo.dataset.inside === "on" ? "leave" : "push") : deed;
  if (!thing && !value && scrollY > 0 && !event.target.closest("#bar")) scrollTo({ top: 0 }); // to what happens now
  post(main, thing, value);
}

// ---------------------------------------------------------------- the picture and the cards

function drawLevels(levels) {
  for (const [name, on] of Object.entries(levels)) {
    demo.dataset[name] = on ? "on" : "off";
    const chip = document.querySelector(`[data-level=${name}]`);
    if (chip) chip.dataset.on = on ? "yes" : "no";
  }
}

function drawScreen() {
  const main = told.screens[plan.screen], screen = told.screens[shownScreen];
  demo.dataset.screen = main.mood;
  if (main.colour) demo.style.setProperty("--service", `var(--${main.colour})`);
  if (main.title.zh) setPair("name", main.title);
  const small = main.code ? `pictures/${plan.screen}.png?n=${main.code}` : "";
  if (byId("screen-small").getAttribute("href") !== small) byId("screen-small").setAttribute("href", small);
  demo.dataset.code = main.code ? "yes" : "no";
  const card = byId("screen-card");
  card.dataset.mood = screen.mood;
  card.style.setProperty("--band", `var(--${screen.colour || "dark"})`);
  setPicture("screen-code", shownScreen, screen.code);
  const dark = screen.mood === "blank";
  setPair("screen-says", dark ? plan.blank : screen.headline);
  byId("screen-help").hidden = !screen.help_phone;
  byId("screen-help").querySelector("b").textContent = screen.help_phone;
  listed(byId("screen-lines"), screen.lines, (line) => make("span", "line", ...pair(line)));
  listed(byId("screen-buttons"), screen.buttons.map((one) => [shownScreen, one]), ([thing, one]) => {
    const place = button("", one.words, { deed: "touch", thing, value: one.key });
    if (one.colour) place.dataset.colour = one.colour;
    return place;
  });
  drawKeypad(screen.digits);
}

function drawKeypad(digits) {
  const pad = byId("keypad");
  pad.hidden = !digits;
  if (!digits) {
    typed = "";
    return;
  }
  pad.querySelector("output").textContent = typed.padEnd(digits, "·");
  if (pad.children.length === 1) pad.append(...[..."1234567890⌫"].map((key) => button("", { zh: key, en: key }, { key })));
}

function typeKey(event) {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (!key) return;
  typed = key === "⌫" ? typed.slice(0, -1) : typed + key;
  const { digits } = told.screens[shownScreen];
  drawKeypad(digits);
  if (typed.length < digits) return;
  post("type", shownScreen, typed);
  typed = "";
}

function drawPhone() {
  const { phone } = told;
  demo.dataset.phone = phone.state;
  demo.dataset.phoneCode = phone.code ? "yes" : "no";
  demo.dataset.offers = phone.sections.length ? "yes" : "no";
  setPicture("phone-code", "phone", phone.code);
  setPair("phone-says", phone.title);
  both(byId("phone-next"), phone.next);
  byId("offers").hidden = !phone.sections.length;
  listed(byId("offers"), phone.sections, drawSection);
}

function drawSection(section) {
  const place = make("section", "", ...(section.title.zh ? [make("h3", "", ...pair(section.title))] : []));
  if (section.colour) place.dataset.colour = section.colour;
  const tick = make("input");
  if (section.tick) {
    tick.type = "checkbox";
    place.append(make("label", "tick", tick, make("span", "", ...pair(section.tick))));
  }
  const offers = section.offers.map((one) => {
    const inside = [make("span", "", ...pair(one.words)), ...(one.left.zh ? [make("span", "left", ...pair(one.left))] : [])];
    if (!one.key) return make("p", "none", ...inside);
    const offer = button("", null, { deed: "tap", value: one.key });
    offer.append(...inside);
    tick.addEventListener("change", () => { offer.dataset.deed = tick.checked ? "tap-ticked" : "tap"; });
    return offer;
  });
  place.append(make("div", "offers", ...offers));
  return place;
}

function drawLine(line) {
  return make("li", "", make("b", "", ...pair(line.who)), " ", make("span", "", ...pair(line.words)));
}

function drawRow(row) {
  return make("li", "", make("b", "", `#${row.seq}`), " ", make("span", "", ...pair(row.words)));
}

function drawLight(health) {
  byId("light").dataset.light = demo.dataset.light = health.light;
  listed(byId("light-words"), health.words.map((words, index) => [words, index]), ([words, index]) => make(index ? "span" : "b", "", ...pair(words)));
}

function draw() {
  demo.dataset.busy = told.busy;
  demo.dataset.held = told.held;
  drawLevels(told.levels);
  drawScreen();
  drawPhone();
  drawDeeds();
  drawThings();
  listed(byId("log"), told.lines.toReversed(), drawLine);
  listed(byId("rows"), told.office.toReversed(), drawRow);
  drawLight(told.health);
  demo.dataset.seen = "yes";
}

function makeDeeds() {
  for (const deed of Object.keys(plan.front)) {
    const place = button("", null, { deed });
    place.hidden = true;
    buttons.set(deed, place);
    byId(ON_THE_PHONE.includes(deed) ? "phone-deeds" : "other-deeds").append(place);
  }
}

for (const place of ["deeds", "scene", "phone-card", "screen-card"]) byId(place).addEventListener("click", act);
byId("keypad").addEventListener("click", typeKey);
byId("fittings").addEventListener("click", (event) => {
  const thing = event.target.closest("[data-thing]");
  if (thing && told) choose(thing.dataset.thing);
});
byId("hand-away").addEventListener("click", () => choose(chosen));

async function begin() {
  plan = await (await fetch("plan.json")).json();
  drawPlan();
  makeDeeds();
  const live = new EventSource("live");
  live.onmessage = (message) => {
    byId("lost").hidden = true;
    told = JSON.parse(message.data);
    draw();
  };
  live.onerror = () => { byId("lost").hidden = false; };
}
begin();
