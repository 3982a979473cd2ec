// The service worker: gives the app's own files from a cache filled at install, so that it opens with no network.
// `shell/plugin.ts` writes it into the build with the two constants below filled in. Data is never its business:
// what lies under /api is left to the network, and Bothy keeps the rows in IndexedDB. /lan is a page of the server itself.

/** @type {string} */
const version = "__VERSION__";
/** @type {readonly string[]} */
const files = ["__FILES__"];

const cacheName = `shell-${version}`;

self.addEventListener("install", (event) => {
  // All or nothing: if one file cannot be had, this version does not come into being and the former stays whole.
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files.map(fresh))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropFormerShells().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || isServers(url.pathname)) return;
  event.respondWith(fromShell(request.mode === "navigate" ? "/" : url.pathname, request));
});

/** @param {string} path */
function isServers(path) {
  return /^\/(?:api|lan)(?:\/|$)/u.test(path);
}

/** @param {string} path @param {Request} request */
async function fromShell(path, request) {
  const cache = await caches.open(cacheName);
  // A file is the same whatever headers it was asked for with.
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}

/** Runs only once no page of the former version is left, or the person asked for the new one. */
async function dropFormerShells() {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith("shell-") && name !== cacheName).map((name) => caches.delete(name)),
  );
}

/** Past the browser's own cache, which may hold a file of the former version under the same name. @param {string} file */
function fresh(file) {
  return new Request(file, { cache: "reload" });
}
