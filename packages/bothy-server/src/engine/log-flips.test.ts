import { expect, test } from "vitest";
import { createSeededRandom } from "../base/index.ts";
import { verifyLog } from "../log/index.ts";
import { createMachine, openOn } from "./test-crash.ts";
import { commit, contentOf, newId, putDocument } from "./test-engine.ts";

test("[P10] [ST6] a flipped bit anywhere in the log stops the start or changes nothing that is shown, and a whole reading finds it", async () => {
  const machine = createMachine();
  const engine = await openOn(machine);
  for (let rank = 0; rank < 40; rank++) {
    commit(engine, putDocument(engine, "notes", { _id: newId("notes"), room: "a", rank, body: `body ${rank}` }));
    if (rank % 3 === 0) await engine.whenDurable(engine.version);
  }
  const content = contentOf(engine);
  await engine.close();
  const { disk } = machine;
  const names = (await disk.list("/folder/log")).map((name) => `/folder/log/${name}`);
  expect(names.length).toBeGreaterThan(3);
  const random = createSeededRandom(1);
  const outcomes = { refused: 0, same: 0 };
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const lastOffsets: number[] = [];
  for (const path of names) {
    const size = (await disk.stat(path))?.sizeBytes ?? 0;
    for (let flip = 0; flip < 40; flip++) {
      const offset = random.below(size);
      disk.flip(path, offset);
      const reading = verifyLog({ disk, log, folder: "/folder/log", onRecord: ignore });
      await expect(reading, `${path} ${offset}`).rejects.toMatchObject({ code: "folder_damaged" });
      try {
        const again = await openOn(machine);
        expect(contentOf(again)).toEqual(content);
        outcomes.same++;
        await again.close();
      } catch (error) {
        expect(error).toMatchObject({ code: "folder_damaged", fix: expect.stringMatching(/\w/u) });
        outcomes.refused++;
      }
      disk.flip(path, offset);
      if (path === names.at(-1)) lastOffsets.push(offset);
    }
  }
  // Headers of all segments and what the store ends with are looked at by every start.
  expect(outcomes.refused).toBeGreaterThan(10);
  expect(outcomes.same + outcomes.refused).toBe(names.length * 40);
  const whole = await openOn(machine);
  expect([contentOf(whole), lastOffsets.length]).toEqual([content, 40]);
  await whole.close();
});
