// A client of its own process, for tests that kill it: writes one message after another and says each once it is stored.
import Database from "libsql";
import { createClient } from "bothy/client";
import { openSqliteStorage } from "bothy/storage/sqlite";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";

const [file = "", url = "", from = "0"] = process.argv.slice(2);
const client = createClient({
  url,
  app,
  storage: openSqliteStorage(new Database(file)),
  webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
});
await client.mutate(api.shared.rooms.join, { room: "sqlite" }).local;
for (let count = Number(from); ; count++) {
  const body = `message ${count}`;
  await client.mutate(api.shared.messages.send, { room: "sqlite", body }).local;
  process.stdout.write(`${body}\n`);
}
