import { bytesOfHex, createRandom, deriveId, hexOfBytes, sha256 } from "../values/index.ts";

/** What a call draws ids and random numbers from: the same on every run of it, on the device and on the server. */
export interface CallSource {
  /** Names a document that is inserted into a table, as the count-th of the transaction. */
  nextId(table: string, count: number): string;
  /** What `Math.random` is. */
  random(): number;
  /** From here on the k-th call of a group draws: from a nonce of its own, however much those before it have drawn (SY30). */
  begin(k: number): void;
}

/** Begins to draw for a call. `seed` is its nonce; a query, which inserts nothing, may have any other text. */
export function createCallSource(deviceKey: Uint8Array, seed: string): CallSource {
  let nonce = seed;
  let draw: (() => number) | undefined;
  const firstByTable = new Map<string, number>();
  return {
    nextId(table, count) {
      const first = firstByTable.get(table) ?? count;
      firstByTable.set(table, first);
      return deriveId(deviceKey, bytesOfHex(nonce), table, count - first);
    },
    // Seeding hashes the nonce, which costs more than most calls: only those that ask for chance pay for it.
    random: () => (draw ??= createRandom(nonce))(),
    begin(k) {
      nonce = nonceInGroup(seed, k);
      draw = undefined;
      firstByTable.clear();
    },
  };
}

/** The nonce of the k-th call of a group: no call that is made alone has it (SY30). */
function nonceInGroup(nonce: string, k: number): string {
  const bytes = new Uint8Array(20);
  bytes.set(bytesOfHex(nonce));
  new DataView(bytes.buffer).setUint32(16, k);
  return hexOfBytes(sha256(bytes).subarray(0, 16));
}
