"use strict";
// Sends the link of this page on: by the phone's own sharing, else by its clipboard.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("share");
  const button = place.querySelector("button");
  const address = place.dataset.address;
  if (!navigator.share && !navigator.clipboard) {
    place.querySelector("label").classList.remove("no-script"); // the link is there to be copied by hand
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      if (navigator.share) return await navigator.share({ url: address });
      await navigator.clipboard.writeText(address);
    } catch (refused) {
      place.querySelector("label").classList.remove("no-script");
      return;
    }
    const copied = JSON.parse(place.dataset.copied);
    const english = document.createElement("span");
    english.className = "en";
    english.lang = "en";
    english.textContent = copied.en;
    place.querySelector("[role=status]").replaceChildren(copied.zh, " ", english);
  });
});
