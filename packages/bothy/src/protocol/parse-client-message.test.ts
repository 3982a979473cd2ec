import fc from "fast-check";
import { expect, test } from "vitest";
import { isBothyError } from "../errors/index.ts";
import { limits } from "../values/index.ts";
import { parseClientMessage } from "./index.ts";
import type { ClientMessage, Hello, Push } from "./index.ts";

const hello: Hello = {
  type: "hello",
  protocol: 1,
  schema: "s1",
  token: "t",
  device: {
    id: "1".repeat(32),
    key: "a".repeat(64),
    fence: 3,
    start: 0,
    startChain: "0".repeat(32),
    previous: "2".repeat(32),
  },
  acked: 7,
  chain: "c".repeat(32),
  server: "one",
  epoch: "e",
  cursor: {
    seal: "x.y",
    version: 12,
    ranges: [
      ["0123456789abcdef", null],
      ["fedcba9876543210", "\u0007x\u0000"],
    ],
    lost: [1],
  },
  holds: [{ hold: 1, name: "reports:byAirport", args: { airportId: "a" } }],
};

const push: Push = {
  type: "push",
  mutations: [
    {
      n: 1,
      nonce: "b".repeat(32),
      name: "reports:file",
      version: "v",
      args: { a: [1, { b: null }] },
      time: 1.5,
      again: true,
      wrote: {
        at: 7,
        documents: [
          ["notes", "i", [["text", "0123abcd"]]],
          ["notes", "j", null],
        ],
      },
    },
    {
      n: 2,
      nonce: "b".repeat(32),
      name: "group",
      version: "",
      args: [
        ["reports:file", "v", { a: 1 }],
        ["reports:close", "", {}],
      ],
      time: 1.5,
    },
  ],
};

const messages: readonly ClientMessage[] = [
  hello,
  push,
  { type: "subscribe", query: 1, name: "q", args: { x: "$" } },
  { type: "unsubscribe", query: 1 },
  { type: "hold", hold: 1, name: "reports:byAirport", args: { airportId: "a" } },
  { type: "release", hold: 1 },
  { type: "pong" },
];

function codeOf(text: string): string {
  try {
    parseClientMessage(text);
    return "accepted";
  } catch (error) {
    return isBothyError(error) ? error.code : "another error";
  }
}

test("[SY1] every message is read back as it was written", () => {
  for (const message of messages) expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
});

test("[SY1] a message with a field removed, added or of another type is frame_invalid", () => {
  const optional = new Set(["token", "server", "epoch", "cursor", "previous", "again", "wrote", "holds", "lost"]);
  const check = (json: unknown, replace: (part: unknown) => unknown): void => {
    if (typeof json !== "object" || json === null) return;
    if (!Array.isArray(json)) expect(codeOf(JSON.stringify(replace({ ...json, extra: 1 })))).toBe("frame_invalid");
    for (const [field, value] of Object.entries(json)) {
      if (field === "args") continue;
      const put = (part: unknown) =>
        replace(Array.isArray(json) ? json.with(Number(field), part) : { ...json, [field]: part });
      for (const wrong of [true, -1, 0.5, [[]], "é".repeat(9_000), {}]) {
        if (field === "again" && wrong === true) continue;
        if (field === "time" && typeof wrong === "number") continue;
        expect([field, wrong, codeOf(JSON.stringify(put(wrong)))]).toEqual([field, wrong, "frame_invalid"]);
      }
      if (!Array.isArray(json) && !optional.has(field)) {
        expect([field, codeOf(JSON.stringify(put(undefined)))]).toEqual([field, "frame_invalid"]);
      }
      check(value, put);
    }
  };
  for (const message of messages) check(message, (whole) => whole);
});

test("[SY1] text that is no object, and arguments nested without end, are frame_invalid", () => {
  for (const text of ["", "{", "[]", "null", "3", '"hello"', "{}", '{"type":"constructor"}'])
    expect(codeOf(text)).toBe("frame_invalid");
  const deep = `{"type":"subscribe","query":1,"name":"q","args":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  expect(codeOf(deep)).toBe("frame_invalid");
});

test("[SY2] a hello of another protocol is named as such, whatever else it says", () => {
  expect(codeOf('{"type":"hello","protocol":2,"news":true}')).toBe("protocol_unsupported");
});

test("[SY1] a push of more mutations than the limit is frame_invalid", () => {
  const mutations = Array.from({ length: 1_001 }, () => push.mutations[0]);
  expect(codeOf(JSON.stringify({ type: "push", mutations }))).toBe("frame_invalid");
});

test("[SY1] no text makes the parser fail in another way", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((args) => `{"type":"push","mutations":${args}}`),
      ),
      (text) => {
        expect(["accepted", "frame_invalid", "protocol_unsupported"]).toContain(codeOf(text));
      },
    ),
  );
});

test("[SY30] a group is a list of calls, each a name, a version and arguments, and has no version itself", () => {
  const [, group] = push.mutations;
  const codeWith = (change: object): string =>
    codeOf(JSON.stringify({ type: "push", mutations: [{ ...group, ...change }] }));
  const call = ["reports:file", "v", {}];
  expect(codeWith({ args: Array(limits.groupCallsMax).fill(call) })).toBe("accepted");
  const wrong = [[], {}, [[]], [["reports:file", "v"]], [["reports:file", 1, {}]], [[...call, 1]], [{ 0: "a" }]];
  for (const args of [...wrong, Array(limits.groupCallsMax + 1).fill(call)])
    expect(codeWith({ args })).toBe("frame_invalid");
  expect(codeWith({ version: "v" })).toBe("frame_invalid");
});
