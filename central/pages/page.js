"use strict";
// What every page does: the button for large text, and one tap is one order.
document.addEventListener("DOMContentLoaded", function () {
  var size = document.getElementById("text-size");
  if (size) {
    size.hidden = false;
    size.addEventListener("click", function () {
      var large = document.documentElement.dataset.text === "large";
      document.documentElement.dataset.text = large ? "" : "large";
      size.setAttribute("aria-pressed", String(!large));
      try {
        localStorage.setItem("text", large ? "" : "large");
      } catch (refused) { /* not remembered */ }
    });
    size.setAttribute("aria-pressed", String(document.documentElement.dataset.text === "large"));
  }
  document.addEventListener("submit", function (event) {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
    var button = event.submitter || event.target.querySelector("button");
    if (button) button.setAttribute("aria-busy", "true");
  });
  // A page that comes back from the browser's memory may be used again.
  addEventListener("pageshow", function () {
    document.querySelectorAll("form").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach(function (button) {
        button.removeAttribute("aria-busy");
      });
    });
  });
});
