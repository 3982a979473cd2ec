import { expect, test } from "vitest";
import type { AppendFile } from "../../../packages/bothy-server/src/base/index.ts";
import { createChance } from "./chance.ts";
import { SimulatedDisk, type DiskFault } from "./simulated-disk.ts";
import { Universe, type Life } from "./universe.ts";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

interface Stage {
  readonly disk: SimulatedDisk;
  readonly life: Life;
  readonly file: AppendFile;
  readonly fail: (fault: DiskFault) => void;
  /** Starts something and moves the clock until it has had its time. */
  readonly pass: (work: () => Promise<unknown>) => void;
  readonly content: () => string | undefined;
}

/** Plays a scene on the disk, in a task of its own because it runs microtasks. */
function play(seed: number, scene: (stage: Stage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      const universe = new Universe(createChance(seed), false);
      const disk = new SimulatedDisk(universe);
      const life: Life = { name: "process", isAlive: true };
      let fault: DiskFault = "none";
      const opened = disk.openFor(life, { appendMsMax: 1, syncMsMax: 1, faultOf: () => fault });
      const pass = (work: () => Promise<unknown>): void => {
        work().catch(() => undefined);
        universe.run(universe.nowMs + 10);
      };
      const content = (): string | undefined => {
        const bytes = disk.copy().get("/f");
        return bytes && new TextDecoder().decode(bytes);
      };
      pass(async () => {
        const file = await opened.openAppend("/f");
        await opened.syncFolder("");
        stage = { disk, life, file, fail: (next) => void (fault = next), pass, content };
      });
      try {
        if (stage) scene(stage);
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    });
    let stage: Stage | undefined;
  });
}

const seeds = Array.from({ length: 40 }, (_, at) => at + 1);

test("what was synced survives the loss of power, and of the rest at most a beginning is whole", async () => {
  const ends = new Set<string>();
  for (const seed of seeds) {
    await play(seed, ({ disk, file, pass, content }) => {
      pass(() => file.append(text("kept")));
      pass(() => file.sync());
      pass(() => file.append(text("lost")));
      disk.losePower();
      expect(content()?.startsWith("kept")).toBe(true);
      ends.add(content()?.slice(4) ?? "");
    });
  }
  expect(ends.has("")).toBe(true);
  expect(ends.has("lost")).toBe(true);
  expect(ends.size).toBeGreaterThan(3);
});

test("the end of the process alone loses nothing that was reported, and may cut short what was not", async () => {
  const ends = new Set<string>();
  for (const seed of seeds) {
    await play(seed, ({ disk, life, file, pass, content }) => {
      pass(() => file.append(text("said")));
      file.append(text("under way")).catch(() => undefined);
      life.isAlive = false;
      disk.endProcess();
      expect(content()?.startsWith("said")).toBe(true);
      ends.add(content()?.slice(4) ?? "");
    });
  }
  expect(ends.has("")).toBe(true);
  expect(ends.has("under way")).toBe(true);
});

test("after a failed sync the next one says yes, and what it believed is gone with the power unless it was written again", async () => {
  for (const isWrittenAgain of [false, true]) {
    await play(1, ({ disk, file, fail, pass, content }) => {
      pass(() => file.append(text("believed")));
      fail("io_error");
      let failed = false;
      pass(() => file.sync().catch(() => void (failed = true)));
      expect(failed).toBe(true);
      fail("none");
      if (isWrittenAgain) pass(() => file.rewrite(0, text("believed")));
      pass(() => file.sync());
      disk.losePower();
      expect(content() === "believed").toBe(isWrittenAgain);
    });
  }
});
