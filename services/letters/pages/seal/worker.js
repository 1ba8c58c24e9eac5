// Keeps the page, the keys and the list of voided documents, so that the page works without a network after one visit.
// The network first, for a few seconds: what is newer counts.
const KEPT = "seal-1";
const FILES = ["./", "icon.svg", "check.css", "check.js", "verify.js", "qr/decode.js", "qr/index.js", "keys.json", "voided.jws"];
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});

async function answer(request) {
  const kept = await caches.open(KEPT);
  try {
    const found = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (found.ok) {
      await kept.put(request, found.clone());
      return found;
    }
    return (await kept.match(request, { ignoreVary: true })) ?? found;
  } catch (error) {
    const found = await kept.match(request, { ignoreVary: true });
    if (found) return found;
    throw error;
  }
}
