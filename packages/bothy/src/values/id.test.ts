import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bytesOfHex,
  bytesOfText,
  deriveId,
  hexOfBytes,
  hmacSha256,
  isIdOf,
  makeId,
  parseIdTag,
  sha256,
  tableTag,
} from "./index.ts";

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });

test("[VA10] hashes are those of the standard", () => {
  expect(hexOfBytes(sha256(bytesOfText("abc")))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 140 }), (message, key) => {
      expect(hexOfBytes(sha256(message))).toBe(createHash("sha256").update(message).digest("hex"));
      expect(hexOfBytes(hmacSha256(key, message))).toBe(createHmac("sha256", key).update(message).digest("hex"));
    }),
  );
});

test("[VA10] an id is 32 characters and tells its table", () => {
  fc.assert(
    fc.property(word, word, bytes16, (table, other, random) => {
      const id = makeId(table, random);
      expect(id).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{32}$/);
      expect(parseIdTag(id)).toBe(createHash("sha256").update(table).digest().readUInt32BE(0));
      expect(isIdOf(table, id)).toBe(true);
      expect(isIdOf(other, id)).toBe(tableTag(other) === tableTag(table));
    }),
  );
});

test("[VA10] different bytes make different ids", () => {
  fc.assert(
    fc.property(bytes16, bytes16, (a, b) => {
      expect(makeId("t", a) === makeId("t", b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
  expect(makeId("reports", bytesOfHex("000102030405060708090a0b0c0d0e0f"))).toBe(
    makeId("reports", Uint8Array.from(Array(16).keys())),
  );
});

test("[VA10] what has not the form of an id has no tag", () => {
  const id = makeId("reports", new Uint8Array(16));
  for (const wrong of ["", id.slice(1), `${id}0`, id.toUpperCase(), `${id.slice(1)}i`, `${id.slice(1)}u`, `${id}\n`]) {
    expect(parseIdTag(wrong)).toBeUndefined();
    expect(isIdOf("reports", wrong)).toBe(false);
  }
  expect(isIdOf("reports", 7)).toBe(false);
});

test("[VA11] a derived id is the HMAC of nonce, table and count, the same at every run", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      bytes16,
      word,
      fc.nat(),
      (deviceKey, nonce, table, k) => {
        const count = Buffer.alloc(4);
        count.writeUInt32BE(k);
        const hash = createHmac("sha256", deviceKey).update(nonce).update(table).update(count).digest();
        expect(deriveId(deviceKey, nonce, table, k)).toBe(makeId(table, hash.subarray(0, 16)));
      },
    ),
  );
});

test("[VA11] another count, table, nonce or key derives another id", () => {
  const key = new Uint8Array(32);
  const nonce = new Uint8Array(16);
  const other = Uint8Array.from([...nonce.subarray(1), 1]);
  const ids = [
    deriveId(key, nonce, "a", 0),
    deriveId(key, nonce, "a", 1),
    deriveId(key, nonce, "b", 0),
    deriveId(key, other, "a", 0),
    deriveId(Uint8Array.from([...key.subarray(1), 1]), nonce, "a", 0),
  ];
  expect(new Set(ids.map((id) => id.slice(8))).size).toBe(ids.length);
});
