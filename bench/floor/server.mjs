/**
 * The floor that the server is measured against: bare sockets, one append-only file, one fdatasync for all messages
 * that came meanwhile, then the answers. No queries, no identities, no transactions. `--sync-delay-ms` makes the
 * sync take at least that long, as on a real disk.
 */
import { fdatasync, openSync, write } from "node:fs";
import { WebSocketServer } from "ws";

const [path, delay = "0"] = process.argv.slice(2);
const syncDelayMs = Number(delay);
const file = openSync(path, "a");
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });

/** Messages that wait for the next sync: what to append and whom to answer. */
let waiting = [];
let isSyncing = false;

server.on("connection", (socket) => {
  socket.on("message", (bytes) => {
    waiting.push({ socket, bytes });
    if (!isSyncing) flush();
  });
});

function flush() {
  isSyncing = true;
  const group = waiting;
  waiting = [];
  write(file, Buffer.concat(group.map((entry) => entry.bytes)), (error) => {
    if (error) throw error;
    fdatasync(file, (failed) => {
      if (failed) throw failed;
      if (syncDelayMs > 0) setTimeout(answer, syncDelayMs, group);
      else answer(group);
    });
  });
}

function answer(group) {
  for (const { socket, bytes } of group) {
    const text = bytes.toString();
    // "b" asks for a broadcast of the same bytes to everyone, anything else for an answer to its sender.
    if (text.startsWith("b")) for (const each of server.clients) each.send(bytes, { binary: false });
    else socket.send(text, { binary: false });
  }
  isSyncing = false;
  if (waiting.length > 0) flush();
}

server.on("listening", () => process.stdout.write(`${server.address().port}\n`));
