/** One writer and many subscribers of the range that it writes; counts what arrives, at the server or at the floor. */
import { writeFileSync } from "node:fs";
import WebSocket from "ws";
import { percentile } from "../statistics.ts";
import { openDevice } from "./device.ts";

const request: { port: number; subscribers: number; writes: number; target: "bothy" | "floor"; readyFile?: string } =
  JSON.parse(process.argv[2] ?? "{}");
let delivered = 0;
let wake: () => void = () => {};
const waits: number[] = [];
const write = request.target === "bothy" ? await openBothy() : await openFloor();
if (request.readyFile !== undefined) writeFileSync(request.readyFile, "");
for (let round = 0; round < request.writes; round++) {
  const wanted = delivered + request.subscribers;
  const started = performance.now();
  await write(round);
  while (delivered < wanted) await new Promise<void>((resolve) => (wake = resolve));
  waits.push(performance.now() - started);
}
process.stdout.write(JSON.stringify({ delivered, p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) }));
process.exit(0);

function arrived(): void {
  delivered += 1;
  wake();
}

async function openBothy(): Promise<(round: number) => Promise<void>> {
  const room = "fan-out";
  for (let at = 0; at < request.subscribers; at++) {
    const device = await openDevice(request.port);
    await device.mutate("shared/items:join", { room });
    device.onPoke((text) => {
      if (text.includes(room)) arrived();
    });
  }
  const writer = await openDevice(request.port);
  return (round) => writer.mutate("shared/items:add", { room, rank: round, text: "x".repeat(180) });
}

async function openFloor(): Promise<(round: number) => Promise<void>> {
  const sockets: WebSocket[] = [];
  for (let at = 0; at < request.subscribers; at++) {
    const socket = new WebSocket(`ws://127.0.0.1:${request.port}`, { perMessageDeflate: false });
    await new Promise((resolve) => socket.once("open", resolve));
    socket.on("message", arrived);
    sockets.push(socket);
  }
  return async () => sockets[0]?.send(`b${"x".repeat(299)}`);
}
