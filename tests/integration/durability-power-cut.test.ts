import { expect, test } from "vitest";
import { makeFolder } from "../deployment.ts";
import { cutPower, type Cut } from "../power-cut/cut-power.ts";
import { whyNoSmallDisk } from "../power-cut/small-disk.ts";
import { missingInCi } from "./missing-in-ci.ts";

const refusal = whyNoSmallDisk(await makeFolder());
const skipped = refusal === undefined ? "" : ` (skipped: ${refusal})`;

test("a disk of one's own can be mounted where this suite has to run", () => {
  expect(missingInCi(refusal)).toBeUndefined();
});

test.skipIf(refusal !== undefined)(
  `[P2] [P3] a power cut under load leaves all that was acknowledged, a prefix of what was sent, and a folder without findings${skipped}`,
  async () => {
    const cuts: Cut[] = [];
    await cutPower(await makeFolder(), 3, (cut) => cuts.push(cut));
    expect(cuts.map(({ problems }) => problems)).toEqual([[], [], []]);
    expect(cuts.at(-1)?.found).toBeGreaterThan(80);
  },
);
