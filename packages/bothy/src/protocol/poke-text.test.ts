import fc from "fast-check";
import { expect, test } from "vitest";
import { chainNext, chainStart, chunkText, parsePoke, parseServerMessage, pokeText, rangeTag } from "./index.ts";
import type { Json } from "./index.ts";
import { stringifyJson } from "../values/index.ts";

test("[SY7] a chunk carries documents as the text that they are, with the version that wrote each", () => {
  const rows = [
    { version: 4, text: '{"_id":"a","text":"line\\nbreak"}' },
    { version: 9, text: '{"_id":"b"}' },
  ];
  const text = pokeText({ type: "poke", to: 9 }, [chunkText(3, rows, ["c", 'q"']), chunkText(5, [], [])]);
  expect(parsePoke(text)).toEqual({
    type: "poke",
    header: { type: "poke", to: 9 },
    chunks: [
      [
        3,
        [
          [4, { _id: "a", text: "line\nbreak" }],
          [9, { _id: "b" }],
        ],
        ["c", 'q"'],
      ],
      [5, [], []],
    ],
  });
});

test("[SY7] any chunk is read back as it was written", () => {
  const row = fc.record({ version: fc.nat(), text: fc.json() });
  fc.assert(
    fc.property(fc.nat(), fc.array(row), fc.array(fc.string()), (range, rows, gone) => {
      const { chunks } = parsePoke(pokeText({ type: "poke", to: 1 }, [chunkText(range, rows, gone)]));
      expect(chunks).toEqual([[range, rows.map((one) => [one.version, JSON.parse(one.text)]), gone]]);
    }),
  );
});

test("[SY6] a poke without chunks is its header alone, and other messages are read as what they are", () => {
  expect(parsePoke(pokeText({ type: "poke", to: 3, ack: 2 }, []))).toEqual({
    type: "poke",
    header: { type: "poke", to: 3, ack: 2 },
    chunks: [],
  });
  expect(parseServerMessage('{"type":"ping"}')).toEqual({ type: "ping" });
  for (const text of ["", "{", "{}", '{"type":"hello"}', '{"type":"poke","to":1}\n[', "null"]) {
    expect(() => parseServerMessage(text)).toThrow(expect.objectContaining({ code: "frame_invalid" }));
  }
  expect(() => parsePoke('{"type":"ping"}')).toThrow(expect.objectContaining({ code: "frame_invalid" }));
});

test("[SY15] a tag depends on what a spec says and not on the order of its fields", () => {
  expect(rangeTag({ table: "t", index: { a: 1, b: [2, null] } })).toBe(
    rangeTag({ index: { b: [2, null], a: 1 }, table: "t" }),
  );
  expect(rangeTag({ table: "t" })).not.toBe(rangeTag({ table: "u" }));
  expect(rangeTag({})).toMatch(/^[0-9a-f]{16}$/);
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(JSON.parse(stringifyJson(json as Json))).toEqual(JSON.parse(JSON.stringify(json)));
    }),
  );
});

test("[SY18] a chain tells other nonces and another order apart", () => {
  const [a, b] = ["a".repeat(32), "b".repeat(32)];
  const ab = chainNext(chainNext(chainStart, a), b);
  expect(ab).toMatch(/^[0-9a-f]{32}$/);
  expect(chainNext(chainNext(chainStart, b), a)).not.toBe(ab);
  expect(chainNext(chainNext(chainStart, a), b)).toBe(ab);
});
