import { describe, expect, test } from "vitest";
import { checkHistory, describeAnomaly, parseHistoryLine } from "./check-history.ts";
import type { HistoryLine, Operation } from "./check-history.ts";

let processes = 0;

/** A transaction of a process of its own, all at one time with the others unless it says when. */
function line(text: string, type: HistoryLine["type"] = "ok", start = 0, end = 100): HistoryLine {
  return { process: ++processes, start, end, type, ops: text.split(", ").map(operationOf) };
}

/** `x+1` appends 1 to x; `x=12` reads 1 and 2 from x, `x=` nothing, `x?` what nobody knows. */
function operationOf(text: string): Operation {
  const key = text.charAt(0);
  const values = Array.from(text.slice(2), Number);
  if (text.charAt(1) === "+") return ["append", key, values[0] ?? 0];
  return ["r", key, text.charAt(1) === "?" ? null : values];
}

function kindsOf(history: readonly HistoryLine[]): string[] {
  return checkHistory(history).map(({ kind }) => kind);
}

describe("[HI2] [HI4] the check takes", () => {
  test.each<[string, readonly HistoryLine[]]>([
    ["an empty history", []],
    ["transactions at one time that some order explains", [line("x+1, y+1"), line("x=, y="), line("x=1, y=1")]],
    [
      "one that reads before and after its own appends",
      [line("x+1"), line("x=1, x+2, x=12, x+3, x=123"), line("x=123")],
    ],
    ["appends that nobody reads", [line("x+1"), line("x=, x+2"), line("x+3")]],
    [
      "an unknown end that is seen later",
      [line("x?, x+1", "info", 0, 1), line("x=", "ok", 2, 3), line("x=1", "ok", 4, 5)],
    ],
    ["an unknown end that is never seen", [line("x+1, y+1", "info", 0, 1), line("x=, y=", "ok", 2, 3)]],
    ["a failure that left nothing", [line("x+1", "fail", 0, 1), line("x=", "ok", 2, 3)]],
    ["one that ends at the moment at which another begins", [line("x+1", "ok", 0, 5), line("x=", "ok", 5, 6)]],
  ])("%s", (_, history) => {
    expect(checkHistory(history)).toEqual([]);
  });
});

describe("[HI4] the check finds", () => {
  test.each<[string, string, readonly HistoryLine[]]>([
    ["a dirty write", "G0", [line("x+1, y+1"), line("x+2, y+2"), line("x=12, y=21")]],
    ["a transaction between two appends of another", "G0", [line("x+1, x+3"), line("x+2"), line("x=123")]],
    ["an aborted read", "G1a", [line("x+1", "fail"), line("x=1")]],
    ["an aborted read below a later append", "G1a", [line("x+1", "fail"), line("x+2"), line("x=12")]],
    ["an intermediate read", "G1b", [line("x+1, x+2"), line("x=1"), line("x=12")]],
    ["information that flows in a circle", "G1c", [line("x+1, y=1"), line("y+1, x=1")]],
    ["a torn transaction", "G-single", [line("x+1, y+1"), line("x=1, y=")]],
    ["a torn transaction of an unknown end", "G-single", [line("x+1, y+1", "info", 0, 1), line("x=1, y=", "ok", 2, 3)]],
    [
      "an unknown end that left one append of two",
      "G-single-realtime",
      [line("x+1, y+1", "info", 0, 1), line("x=1", "ok", 2, 3), line("y=", "ok", 4, 5)],
    ],
    ["a lost update", "lost-update", [line("x=, x+1"), line("x=, x+2"), line("x=12")]],
    ["a lost update that nobody reads", "lost-update", [line("x=, x+1"), line("x=, x+2")]],
    ["write skew", "G2", [line("x=, y+1"), line("y=, x+1"), line("x=1, y=1")]],
    ["write skew that nobody reads", "G2", [line("x=, y+1"), line("y=, x+1")]],
    ["two readers of different orders (long fork)", "G2", [line("x+1"), line("y+1"), line("x=1, y="), line("x=, y=1")]],
    [
      "a read of what is over",
      "G-single-realtime",
      [line("x+1", "ok", 0, 1), line("x=", "ok", 2, 3), line("x=1", "ok", 0, 9)],
    ],
    ["a read of the future", "G1c-realtime", [line("x=1", "ok", 0, 1), line("x+1", "ok", 2, 3)]],
    ["a read of an unknown end's future", "G1c-realtime", [line("x=1", "ok", 0, 1), line("x+1", "info", 2, 3)]],
    ["appends against real time", "G0-realtime", [line("x+1", "ok", 2, 3), line("x+2", "ok", 0, 1), line("x=12")]],
    [
      "two readers of different orders against real time",
      "G2-realtime",
      [line("x+1"), line("y+1"), line("x=1", "ok", 0, 1), line("y=", "ok", 2, 3), line("x=, y=1")],
    ],
    ["a doubled append", "duplicate", [line("x+1"), line("x=11")]],
    ["a lost append", "lost-append", [line("x+1", "ok", 0, 1), line("x=", "ok", 2, 3)]],
    [
      "a lost append under others",
      "lost-append",
      [line("x+1", "ok", 0, 1), line("x+2", "ok", 2, 3), line("x=2", "ok", 4, 5)],
    ],
    ["what nobody wrote", "garbage", [line("x=7")]],
    ["two orders of one list", "incompatible-order", [line("x+1"), line("x+2"), line("x=12"), line("x=21")]],
    ["a transaction that does not see its own append", "internal", [line("x+1, x=")]],
    ["a transaction whose reads differ", "internal", [line("x+1"), line("x=, x=1"), line("x=1")]],
    ["a transaction that sees its own append before it", "internal", [line("x=1, x+1")]],
    ["a value that is appended twice", "malformed", [line("x+1"), line("x+1")]],
  ])("%s: %s", (_, kind, history) => {
    expect(kindsOf(history)).toContain(kind);
  });
});

test("[HI3] a process that calls two things at once, or goes on after an unknown end, is found", () => {
  const one = { process: 1, type: "ok", ops: [] } as const;
  expect(
    kindsOf([
      { ...one, start: 0, end: 5 },
      { ...one, start: 4, end: 9 },
    ]),
  ).toEqual(["malformed"]);
  expect(
    kindsOf([
      { ...one, start: 0, end: 5, type: "info" },
      { ...one, start: 6, end: 9 },
    ]),
  ).toEqual(["malformed"]);
  expect(kindsOf([{ ...one, start: 6, end: 5 }])).toEqual(["malformed"]);
  expect(
    kindsOf([
      { ...one, start: 6, end: 9 },
      { ...one, start: 0, end: 5 },
    ]),
  ).toEqual([]);
});

test("[HI4] a cycle is told as its shortest form, with the reason of each step and its lines", () => {
  const before = Array.from({ length: 50 }, (_, at) => line("z=", "ok", at * 10, at * 10 + 5));
  const history = [line("x+1, y+1", "ok", 0, 1), ...before, line("x=1, y=", "ok", 600, 601), line("y=1", "ok", 0, 700)];
  const [first, ...others] = checkHistory(history);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ kind: "G-single", lines: [52, 1] });
  expect(first === undefined ? "" : describeAnomaly(first, history)).toBe(
    [
      "G-single: line 52 read y without the append of line 1, line 1 appended to x what was read by line 52 (a shortest cycle of a knot of 51)",
      `  line 52: process ${history[51]?.process}, 600 to 601, ok: r x [1]; r y []`,
      `  line 1: process ${history[0]?.process}, 0 to 1, ok: append x 1; append y 1`,
    ].join("\n"),
  );
});

describe("[HI1] a line of a file is read as it was written, and refused if it is of another form:", () => {
  const whole = {
    process: 3,
    start: 1.5,
    end: 2.5,
    type: "info",
    ops: [
      ["append", "x", 1],
      ["r", 7, [1, "a"]],
      ["r", "y", null],
    ],
  };

  test("whole", () => {
    expect(parseHistoryLine(JSON.stringify(whole))).toEqual(whole);
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "7"],
    ["without a process", JSON.stringify({ ...whole, process: undefined })],
    ["without an end", JSON.stringify({ ...whole, end: null })],
    ["of an unknown type", JSON.stringify({ ...whole, type: "maybe" })],
    ["without operations", JSON.stringify({ ...whole, ops: {} })],
    ["with an unknown operation", JSON.stringify({ ...whole, ops: [["w", "x", 1]] })],
    ["with a list that is none", JSON.stringify({ ...whole, ops: [["r", "x", 1]] })],
    ["with a value that is none", JSON.stringify({ ...whole, ops: [["append", "x", [1]]] })],
  ])("%s", (_, text) => {
    expect(() => parseHistoryLine(text)).toThrow();
  });
});
