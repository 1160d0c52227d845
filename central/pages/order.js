"use strict";
// What becomes of an order. When the station has not answered 3 s after the tap, its own scanner can read the order.
document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("order");
  const code = document.getElementById("code");
  const PATIENCE_MS = 3000;

  const set = (name, words) => {
    const place = page.querySelector(`.${name}`);
    const english = document.createElement("span");
    english.className = "en";
    english.lang = "en";
    english.textContent = words.en;
    place.replaceChildren(words.zh, " ", english);
  };
  const show = (state, title, next) => {
    page.dataset.state = state;
    set("title", title);
    set("next", next);
  };
  const showCode = () => {
    if (page.dataset.state !== "sent") return;
    show(code ? "code" : "late", JSON.parse(page.dataset.codeTitle), JSON.parse(page.dataset.codeNext));
    code?.classList.add("now");
    page.scrollIntoView({ block: "start" });
  };

  // performance.now() counts from the tap: the page before this one submitted its form then.
  const wait = page.dataset.unsent ? 0 : Math.max(0, PATIENCE_MS - performance.now());
  let timer = setTimeout(showCode, wait);

  const live = new EventSource(page.dataset.live);
  live.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (told.over) live.close();
    if (told.state === "sent") return;
    clearTimeout(timer);
    code?.classList.remove("now");
    show(told.state, told.title, told.next);
    const main = page.closest("main");
    if (told.over) main.dataset.over = "yes";
    if (told.done) main.dataset.done = "yes";
  };
});
