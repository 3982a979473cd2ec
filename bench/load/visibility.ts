/** From the call on one client until another client's query shows it; at the floor, from sending until the other socket has it. */
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { percentile } from "../statistics.ts";
import { openClient, until } from "./client.ts";

const request: { port: number; count: number; target: "bothy" | "floor" } = JSON.parse(process.argv[2] ?? "{}");
/** A pause between writes, so that each is measured on an idle server. */
const pauseMs = 3;
const warmUpCount = 50;
const samples: number[] = [];
const writeAndWait = request.target === "bothy" ? await openBothy() : await openFloor();
for (let round = 0; round < request.count + warmUpCount; round++) {
  const started = performance.now();
  await writeAndWait(round);
  if (round >= warmUpCount) samples.push(performance.now() - started);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
process.stdout.write(JSON.stringify({ p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) }));
process.exit(0);

async function openBothy(): Promise<(round: number) => Promise<void>> {
  const room = "visibility";
  const [writer, reader] = [openClient(request.port), openClient(request.port)];
  await writer.mutate(api.shared.items.join, { room }).server;
  await reader.mutate(api.shared.items.join, { room }).server;
  const { server } = writer.mutate(api.shared.items.add, { room, rank: 0, text: "x".repeat(180) });
  await server;
  const view = reader.query(api.shared.items.list, { room });
  const shown = (): number => view.result.value?.[0]?.count ?? -1;
  await until(
    (listener) => view.subscribe(listener),
    () => shown() === 0,
  );
  return async (round) => {
    void writer.mutate(api.shared.items.bump, { room, rank: 0 }).local;
    await until(
      (listener) => view.subscribe(listener),
      () => shown() === round + 1,
    );
  };
}

async function openFloor(): Promise<() => Promise<void>> {
  const [writer, reader] = await Promise.all([connect(), connect()]);
  return () =>
    new Promise((resolve) => {
      reader.once("message", () => resolve());
      writer.send(`b${"x".repeat(299)}`);
    });
}

function connect(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${request.port}`, { perMessageDeflate: false });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}
