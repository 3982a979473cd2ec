/** The same load against the floor: clients that each send their next message when the last is answered. */
import WebSocket from "ws";
import { printRounds } from "./rounds.ts";

const request: { port: number; clients: number; milliseconds: number } = JSON.parse(process.argv[2] ?? "{}");
const sockets = await Promise.all(Array.from({ length: request.clients }, () => connect(request.port)));
const message = `m${"x".repeat(299)}`;
await printRounds(
  sockets,
  request.milliseconds,
  (socket) =>
    new Promise((resolve) => {
      socket.once("message", resolve);
      socket.send(message);
    }),
);
for (const socket of sockets) socket.close();

function connect(port: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}
