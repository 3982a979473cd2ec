/** The same load against the floor: clients that each send their next message when the last is answered. */
import WebSocket from "ws";
import { percentile } from "../statistics.ts";

const request: { port: number; clients: number; milliseconds: number } = JSON.parse(process.argv[2] ?? "{}");
const sockets = await Promise.all(Array.from({ length: request.clients }, () => connect(request.port)));
const message = `m${"x".repeat(299)}`;
const latencies: number[] = [];
const end = performance.now() + request.milliseconds;
await Promise.all(
  sockets.map(async (socket) => {
    while (performance.now() < end) {
      const started = performance.now();
      await new Promise((resolve) => {
        socket.once("message", resolve);
        socket.send(message);
      });
      latencies.push(performance.now() - started);
    }
  }),
);
for (const socket of sockets) socket.close();
const result = {
  count: latencies.length,
  perSecond: latencies.length / (request.milliseconds / 1000),
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
};
process.stdout.write(JSON.stringify(result));

function connect(port: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}
