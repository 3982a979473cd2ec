/** Clients that each send their next mutation when the last is acknowledged: two reads and one write, durable. */
import { openDevice } from "./device.ts";
import { printRounds } from "./rounds.ts";

const request: { port: number; clients: number; milliseconds: number; hot: boolean } = JSON.parse(
  process.argv[2] ?? "{}",
);
const devices = await Promise.all(Array.from({ length: request.clients }, () => openDevice(request.port)));
const room = `load-${request.clients}-${String(request.hot)}`;
const first = devices[0];
if (!first) throw new Error("At least one client is needed.");
/** Documents that are written: one each, or eight that four in five write. */
const ranks = Math.max(request.clients, 8) * 2;
for (let rank = 0; rank < ranks; rank++) {
  await first.mutate("shared/items:add", { room: `${room}-${rank}`, rank, text: "x".repeat(180) });
}
let pick = 0;
await printRounds(devices, request.milliseconds, (device, at) => {
  const isHot = request.hot && pick++ % 5 !== 0;
  const rank = isHot ? 8 + (pick % 8) : request.hot ? 16 + (at % (ranks - 16)) : at;
  return device.mutate("shared/items:bump", { room: `${room}-${rank}`, rank });
});
for (const device of devices) device.close();
