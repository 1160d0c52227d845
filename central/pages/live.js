"use strict";
// The part of a page that draws itself anew whenever the office has something new.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.querySelector("[data-live]");
  new EventSource(main.dataset.live).onmessage = (message) => {
    const focused = document.activeElement && document.activeElement.id;
    main.innerHTML = JSON.parse(message.data).html; // the office's own template, in which every text is escaped
    if (focused) document.getElementById(focused)?.focus();
  };
});
