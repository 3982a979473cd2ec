import { createServer } from "node:http";

// The least that a browser can do: pages without a framework, without data, without a client.

const rowHeightPx = 68;
const rowCount = 10_000;

const head = '<!doctype html><meta charset="utf-8"><title>Floor</title>';

const pages: Readonly<Record<string, readonly [type: string, text: string]>> = {
  /** A list as it would stand in plain HTML, kept by a service worker that does nothing else. */
  "/": [
    "text/html",
    `${head}<script>navigator.serviceWorker.register("/sw.js")</script>
<ul>${'<li data-testid="report-row" style="height:68px">A row of text</li>'.repeat(20)}</ul>`,
  ],
  "/sw.js": [
    "text/javascript",
    `addEventListener("install", (event) => event.waitUntil(caches.open("floor").then((cache) => cache.add("/"))));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(caches.match("/").then((found) => found ?? fetch(event.request))));`,
  ],
  /** As high as the list of all reports, with nothing but a pattern on it. */
  "/scroll": [
    "text/html",
    `${head}<div style="height:700px;overflow-y:auto"><div data-testid="report-row" style="height:${rowHeightPx * rowCount}px;
background:repeating-linear-gradient(#fff 0 67px,#000 67px 68px)"></div></div>`,
  ],
  /** Each keystroke, choice and message writes one text. */
  "/answer": [
    "text/html",
    `${head}<input aria-label="Find"><select aria-label="Size"><option>Any<option>Large</select><p></p><script>
const show = (text) => { document.querySelector("p").textContent = text };
addEventListener("input", ({ target }) => show(target.value));
window.listenTo = (url) => { new WebSocket(url).onmessage = ({ data }) => show(data) };
window.connectTo = (url) => new Promise((resolve) => { window.socket = new WebSocket(url); window.socket.onopen = resolve });
</script>`,
  ],
};

/** A server of those pages. */
export interface FloorPages {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the pages of the floor. */
export async function serveFloorPages(): Promise<FloorPages> {
  const server = createServer((request, response) => {
    const [type, text] = pages[request.url ?? ""] ?? ["text/plain", ""];
    response.writeHead(text === "" ? 404 : 200, { "content-type": `${type}; charset=utf-8` }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The floor has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
