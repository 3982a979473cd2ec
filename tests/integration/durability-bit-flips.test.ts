import { expect, test } from "vitest";
import { flipBits } from "../bit-flips/flip-bits.ts";
import { makeFolder } from "../deployment.ts";

test("[P10] a flipped bit of the store changes nothing that is read, is refused, or is found by the doctor", async () => {
  const flips = await flipBits(await makeFolder(), 12);
  expect(flips.wrongFlips).toEqual([]);
  expect(flips.same + flips.rebuilt + flips.refused + flips.ended + flips.found).toBe(12);
});
