"use strict";
// Keeps the pass page on the phone, so that it opens without a network. FILES and CACHE are put in front by the office.
const PATIENCE_MS = 2500;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(["/pass", ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => self.clients.claim()));
});

async function newestPage(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match("/pass");
  const coming = fetch(request).then(async (response) => {
    if (response.ok) await cache.put("/pass", response.clone());
    return response.ok || !kept ? response : kept;
  });
  const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, kept); });
  try {
    return (await Promise.race(kept ? [coming, patience] : [coming])) || coming;
  } catch (offline) {
    if (kept) return kept;
    throw offline;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, search } = new URL(request.url);
  if (request.method !== "GET") return;
  if (pathname === "/pass") event.respondWith(newestPage(request));
  else if (FILES.includes(pathname + search)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
