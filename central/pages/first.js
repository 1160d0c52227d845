"use strict";
// Runs before anything is drawn: takes the secret of the screen's code out of the address, and sets the size of text.
document.documentElement.classList.add("js");
(function () {
  var secret = /^(\/S\/[^/]+)\/[^/]+$/i.exec(location.pathname);
  if (secret) history.replaceState(null, "", secret[1]);
  try {
    if (localStorage.getItem("text") === "large") document.documentElement.dataset.text = "large";
  } catch (refused) { /* storage is turned off: the size is not remembered */ }
})();
