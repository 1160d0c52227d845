"use strict";
// A pass that lives on this phone: a P-256 key that cannot leave it, and the office's signed pass for that key. The code
// is signed again every 10 s, network or not. docs/formats.md (SG2) has the bytes.

const RENEW_SECONDS = 10;
const CLOCK_SLACK_MS = 5000; // a phone that differs from the office by no more is taken as right
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function base45(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length;
    let number = pair ? bytes[i] * 256 + bytes[i + 1] : bytes[i];
    for (let n = pair ? 3 : 2; n > 0; n--) {
      text += BASE45[number % 45];
      number = Math.floor(number / 45);
    }
  }
  return text;
}

// A station takes only the lower of the two values of s; WebCrypto gives either.
function withLowS(signature) {
  const hex = Array.from(signature.slice(32), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const s = BigInt(`0x${hex}`);
  if (s * 2n <= P256_ORDER) return signature;
  const low = (P256_ORDER - s).toString(16).padStart(64, "0");
  signature.set(low.match(/../g).map((pair) => parseInt(pair, 16)), 32);
  return signature;
}

async function passText(key, staticBytes, prefix, unixSecond) {
  const step = new Uint8Array(8);
  new DataView(step.buffer).setBigUint64(0, BigInt(unixSecond));
  const toSign = new Uint8Array([...prefix, ...step]);
  const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, toSign);
  const signature = withLowS(new Uint8Array(raw));
  return `SG2:${base45(new Uint8Array([...staticBytes, ...step, ...signature]))}`;
}

const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const fromBase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

// The point as SEC 1 writes it short: 02 or 03 for an even or odd y, then x.
function compressed(point) {
  return new Uint8Array([2 + (point[64] & 1), ...point.slice(1, 33)]);
}

// ---------------------------------------------------------------- what is kept on this phone

function inStore(mode, ask) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("pass", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("passes", { keyPath: "station" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("passes", mode);
      const request = ask(transaction.objectStore("passes"));
      transaction.oncomplete = () => { opening.result.close(); resolve(request.result); };
      transaction.onabort = () => { opening.result.close(); reject(transaction.error); };
    };
  });
}
const keptPasses = () => inStore("readonly", (store) => store.getAll());
const keepPass = (pass) => inStore("readwrite", (store) => store.put(pass));

// ---------------------------------------------------------------- the page

document.addEventListener("DOMContentLoaded", async () => {
  const byId = (id) => document.getElementById(id);
  const main = byId("pass");
  const lines = JSON.parse(main.dataset.lines);
  let shown = null;
  let signedFor = 0;
  let offsetMs = 0;

  const bilingual = (place, zh, en) => {
    const english = document.createElement("span");
    english.className = "en";
    english.lang = "en";
    english.textContent = en;
    place.replaceChildren(zh, " ", english);
  };
  const say = (title, next) => {
    bilingual(byId("said-title"), title.zh, title.en);
    bilingual(byId("said-next"), next.zh, next.en);
    byId("said").hidden = false;
  };
  const officeSeconds = () => Math.floor((Date.now() + offsetMs) / 1000);

  async function setClock() {
    try {
      const answer = await (await fetch("/pass/now", { cache: "no-store" })).json();
      const difference = answer.now_ms - Date.now();
      offsetMs = Math.abs(difference) > CLOCK_SLACK_MS ? difference : 0;
      localStorage.setItem("offset", String(offsetMs));
    } catch (offline) {
      offsetMs = Number(localStorage.getItem("offset")) || 0;
    }
  }

  // A new key and a new pass for it; the old one stays until the new one is kept.
  async function fetchPass(button) {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
    const { station, zh, en, colour } = button.dataset;
    const body = new URLSearchParams({ station, token: main.dataset.token, key: toBase64(compressed(point)) });
    const response = await fetch("/pass/new", { method: "POST", body });
    const answer = await response.json();
    if (!response.ok) throw answer;
    const pass = {
      station, zh, en, colour, key: keys.privateKey, expires: answer.expires_s,
      fetched: officeSeconds(), static: fromBase64(answer.static), prefix: fromBase64(answer.prefix),
    };
    await keepPass(pass);
    return pass;
  }

  async function draw() {
    if (!shown) return;
    const now = officeSeconds();
    const over = now >= shown.expires;
    byId("shown").hidden = over;
    if (over) {
      say(lines.expired, lines.get_new);
      byId("choose").hidden = false;
      shown = null;
      return;
    }
    byId("left").value = RENEW_SECONDS - (now - signedFor);
    if (now - signedFor < RENEW_SECONDS && now >= signedFor) return;
    signedFor = now;
    byId("left").value = RENEW_SECONDS;
    byId("qr").replaceChildren(qrSvg(await passText(shown.key, shown.static, shown.prefix, now)));
  }

  async function show(pass) {
    shown = pass;
    signedFor = 0;
    byId("said").hidden = true;
    bilingual(byId("shown-name"), pass.zh, pass.en);
    byId("shown-band").dataset.colour = pass.colour;
    const until = new Date(pass.expires * 1000);
    const day = { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" };
    const { zh, en } = lines.until;
    bilingual(byId("until"), zh.replace("{}", until.toLocaleString("zh-CN", day)), en.replace("{}", until.toLocaleString("en-GB", day)));
    // Other stations stay to be chosen; the one on show does not.
    const others = [...document.querySelectorAll("[data-station]")];
    for (const button of others) button.hidden = button.dataset.station === pass.station;
    byId("choose").hidden = others.every((button) => button.hidden);
    await draw();
  }

  async function choose(button, { anew }) {
    button.setAttribute("aria-busy", "true");
    try {
      const kept = (await keptPasses()).find((pass) => pass.station === button.dataset.station);
      const good = kept && officeSeconds() < kept.expires;
      await show(good && !anew ? kept : await fetchPass(button));
    } catch (refusal) {
      if (anew) return; // the pass on show still holds
      if (refusal.reason) say(refusal.reason, refusal.next);
      else say(lines.no_network, lines.needs_network);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  if (!(window.isSecureContext && window.crypto && crypto.subtle && window.indexedDB)) return; // the other ways stay on show
  let passes;
  try {
    passes = await keptPasses();
  } catch (refused) {
    return; // a private window may refuse its store: the other ways stay on show
  }
  await setClock();
  for (const button of document.querySelectorAll("[data-station]")) {
    button.addEventListener("click", () => choose(button, { anew: false }));
  }
  // Only now: a button that does nothing yet is worse than none.
  byId("other").hidden = true;
  byId("choose").hidden = false;
  const newest = passes.sort((a, b) => b.fetched - a.fetched)[0];
  if (newest) {
    await show(newest);
    const halfway = (newest.fetched + newest.expires) / 2;
    const button = document.querySelector(`[data-station="${newest.station}"]`);
    if (button && officeSeconds() > halfway) await choose(button, { anew: true });
  }
  byId("shown").hidden = !shown;
  setInterval(draw, 1000);
  document.addEventListener("visibilitychange", draw);
  if (navigator.serviceWorker) {
    navigator.serviceWorker.register("/pass-worker.js", { scope: "/pass" })
      .catch(() => bilingual(byId("until"), lines.not_offline.zh, lines.not_offline.en));
  }
});
