import { join } from "node:path";
import { startBothy } from "../processes.ts";
import { buildStage, inChromium, writeRows } from "../browser/stage.ts";
import { openDevice } from "../load/device.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const initial = { rooms: ["i0", "i1", "i2", "i3"], rowsPerRoom: 25_000 };
const away = { rooms: ["i0", "i1"], changed: 1_000 };
const rangeCount = 200;

/** What a client in Chromium is sent: everything, what changed meanwhile, and nothing. */
export async function clientSync({ app, folder }: Bench): Promise<Row[]> {
  const bothy = await startBothy(await buildStage(app, folder), join(folder, "bothy"));
  const url = `http://127.0.0.1:${bothy.port}`;
  const profile = join(folder, "profile");
  try {
    for (const room of initial.rooms) await writeRows(bothy.port, room, initial.rowsPerRoom);
    const all = await inChromium(profile, url, (page) =>
      page.evaluate((request) => window.bench.initialSync(request), initial),
    );
    const half = await inChromium(join(folder, "half"), url, async (page) => {
      await page.evaluate((request) => window.bench.initialSync(request), { ...initial, rooms: away.rooms });
      const writer = await openDevice(bothy.port);
      for (let rank = 0; rank < away.changed; rank++) {
        await writer.mutate("shared/items:bump", { room: away.rooms[0] ?? "", rank });
      }
      writer.close();
      return await page.evaluate((request) => window.bench.catchUp(request), away);
    });
    const rooms = Array.from({ length: rangeCount }, (_, at) => `r${at}`);
    for (const room of rooms) await writeRows(bothy.port, room, 1);
    const back = await inChromium(join(folder, "back"), url, (page) =>
      page.evaluate((request) => window.bench.reconnect(request), rooms),
    );
    const line = (what: string, bytes: { receivedBytes: number; wireBytes: number }, goal: string): Row => ({
      what,
      bothy: show(bytes.receivedBytes / 1_024, "KB"),
      floor: show(bytes.wireBytes / 1_024, "KB"),
      ratio: (bytes.receivedBytes / bytes.wireBytes).toFixed(2),
      goal,
    });
    const alone = (what: string, bothyText: string, goal: string): Row => ({
      what,
      bothy: bothyText,
      floor: "",
      ratio: "",
      goal,
    });
    return [
      alone("initial sync of 100,000 rows in Chromium, shown", show(all.ms, "ms"), "<= 1,500 ms"),
      line("its bytes; floor: the rows' wire form", all, "<= 1.1"),
      alone("catch-up, 1,000 of 50,000 changed, in Chromium, from the start of the client", show(half.ms, "ms"), ""),
      line("its bytes; floor: the changed rows' wire form", half, "<= 1.15"),
      alone(`reconnect, nothing changed in ${rangeCount} ranges: round trips`, String(back.roundTrips), "1"),
      alone("its bytes, both ways", show(back.bytes / 1_024, "KB"), "<= 16 KB"),
    ];
  } finally {
    await bothy.stop();
  }
}
