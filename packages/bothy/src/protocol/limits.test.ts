import { expect, test } from "vitest";
import { limits } from "../values/index.ts";
import {
  bucketLevelMax,
  parseClientMessage,
  protocolLimits,
  queuedCallsMax,
  repairRowsMax,
  wroteDocumentsMax,
  wroteFieldsMax,
} from "./index.ts";

const device = { id: "1".repeat(32), key: "a".repeat(64), fence: 3, start: 0, startChain: "0".repeat(32) };
const hello = { type: "hello", protocol: 1, schema: "s", device, acked: 0, chain: "0".repeat(32) };
const mutation = { n: 1, nonce: "b".repeat(32), name: "a:b", version: "v", args: {}, time: 1 };
const word = (length: number): string => "x".repeat(length);
const withCursor = (cursor: object): object => ({ ...hello, cursor: { seal: "s", version: 1, ranges: [], ...cursor } });

const wroteLimits = { wroteDocumentsMax, wroteFieldsMax };
const allLimits = { ...protocolLimits, bucketLevelMax, queuedCallsMax, repairRowsMax, ...wroteLimits };
const withWrote = (documents: readonly unknown[]): object => ({
  type: "push",
  mutations: [{ ...mutation, wrote: { at: 1, documents } }],
});

/** A message with exactly so much of what is limited. */
const messages: Record<keyof typeof allLimits, (amount: number) => object> = {
  pushMutationsMax: (amount) => ({ type: "push", mutations: Array.from({ length: amount }, () => mutation) }),
  cursorRangesMax: (amount) => withCursor({ ranges: Array.from({ length: amount }, () => ["0".repeat(16), null]) }),
  holdsMax: (amount) => ({ ...hello, holds: Array.from({ length: amount }, () => ({ hold: 1, name: "s", args: {} })) }),
  bucketLevelMax: (level) => ({ type: "repair", range: 1, level, prints: "0".repeat(8 << level) }),
  itemLevelMax: (level) => ({ type: "repair", range: 1, level, items: [] }),
  repairRowsMax: (rows) => ({ type: "repair", range: 1, level: 0, items: [[0, "0".repeat(8 * rows)]] }),
  tokenLengthMax: (amount) => ({ ...hello, token: word(amount) }),
  sealLengthMax: (amount) => withCursor({ seal: word(amount) }),
  edgeLengthMax: (amount) => withCursor({ ranges: [["0".repeat(16), word(amount)]] }),
  functionNameLengthMax: (amount) => ({ type: "subscribe", query: 1, name: word(amount), args: {} }),
  functionVersionLengthMax: (amount) => ({ type: "push", mutations: [{ ...mutation, version: word(amount) }] }),
  schemaHashLengthMax: (amount) => ({ ...hello, schema: word(amount) }),
  deploymentNameLengthMax: (amount) => ({ ...hello, epoch: word(amount) }),
  wroteDocumentsMax: (amount) => withWrote(Array.from({ length: amount }, () => ["notes", "i", null])),
  wroteFieldsMax: (amount) =>
    withWrote([["notes", "i", Array.from({ length: amount }, (_, at) => [`f${at}`, "0".repeat(8)])]]),
  queuedCallsMax: (amount) => ({
    ...hello,
    queued: { count: amount, calls: Array.from({ length: amount }, (_, at) => [`a:b${at}`, "v", 1]) },
  }),
};

for (const [name, messageOf] of Object.entries(messages)) {
  const limit = allLimits[name as keyof typeof messages];
  test(`[SY1] as much as ${name} allows is read, one more is frame_invalid`, () => {
    expect(() => parseClientMessage(JSON.stringify(messageOf(limit)))).not.toThrow();
    expect(() => parseClientMessage(JSON.stringify(messageOf(limit + 1)))).toThrow(
      expect.objectContaining({ code: "frame_invalid", fix: expect.any(String) }),
    );
  });
}

test("[SY1] arguments as deep as values may be are read, deeper ones and those without end are frame_invalid", () => {
  const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  const textOf = (args: string): string => `{"type":"subscribe","query":1,"name":"q","args":${args}}`;
  expect(() => parseClientMessage(textOf(nested(limits.wireNestingMax)))).not.toThrow();
  for (const levels of [limits.wireNestingMax + 3, 100_000])
    expect(() => parseClientMessage(textOf(nested(levels)))).toThrow(
      expect.objectContaining({ code: "frame_invalid" }),
    );
});
