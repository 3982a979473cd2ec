import { randomBytes } from "node:crypto";
import type { Random } from "./world.ts";

/** Makes the machine's source of unpredictable bytes. */
export function createSystemRandom(): Random {
  return { bytes: (count) => new Uint8Array(randomBytes(count)) };
}
