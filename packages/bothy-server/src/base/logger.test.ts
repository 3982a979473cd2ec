import { expect, test } from "vitest";
import { createLogger, withFields } from "./logger.ts";
import type { LoggerOptions } from "./log-line.ts";
import type { Logger } from "./world.ts";

const formats = ["json", "text"] as const;

function open(options: Partial<LoggerOptions>): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  return { log: createLogger({ format: "json", level: "info", write, nowMs: () => 0, ...options }), lines };
}

test("[ME5] a line for machines is one JSON object with level, time and message beside the fields", () => {
  const { log, lines } = open({ format: "json" });
  log.warn("A thing happened.", { name: "a", count: 2, big: 5n, nothing: undefined, inner: { at: [1] } });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: "warn",
    time: "1970-01-01T00:00:00.000Z",
    message: "A thing happened.",
    name: "a",
    count: 2,
    big: "5n",
    nothing: "undefined",
    inner: { at: [1] },
  });
});

test("[ME5] a line for people has time of day, level, message and fields", () => {
  const { log, lines } = open({ format: "text" });
  log.error("A thing happened.", { function: "shared/notes:add", words: "two words", count: 2 });
  expect(lines).toEqual(['00:00:00.000 error A thing happened. function=shared/notes:add words="two words" count=2\n']);
});

test.each(formats)("[ME5] %s: nothing below the level is written, nor looked at", (format) => {
  const { log, lines } = open({ format, level: "warn" });
  const fields = {
    get costly(): string {
      throw new Error("looked at");
    },
  };
  log.debug("a", fields);
  log.info("b", fields);
  log.warn("c");
  log.error("d");
  expect(lines.map((line) => /"message":"(.)"|(?:warn|error) +(.)/u.exec(line)?.slice(1).join(""))).toEqual(["c", "d"]);
});

test.each(formats)(
  "[S33] %s: a line is one line and shows control characters as escapes, wherever they stand",
  (format) => {
    const { log, lines } = open({ format });
    const evil = "a\r\nforged line\u001b[2J\u009b31m\u0085\u2028\u2029\u007fz";
    log.info(evil, { [evil]: evil, inner: { [evil]: [evil] }, error: new Error(evil, { cause: evil }) });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\n$/u);
    expect(lines[0]).toContain("forged line\\u001b[2J\\u009b31m");
  },
);

test("[S33] a field can't take the place of level, time or message", () => {
  const { log, lines } = open({});
  log.info("real", { message: "forged", level: "error", time: "never" });
  expect(lines[0]?.match(/"message"/gu)).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    message: "real",
    level: "info",
    message_: "forged",
    level_: "error",
    time_: "never",
  });
});

test.each(formats)("[ME5] %s: a logger never throws, whatever it is given", (format) => {
  const { log, lines } = open({ format });
  const cycle: Record<string, unknown> = { big: 5n };
  cycle["self"] = cycle;
  const circular = new Error("why");
  circular.cause = circular;
  log.info("cycles", { cycle, circular, f: () => undefined, long: "x".repeat(100_000) });
  log.info("thrown", {
    get bad(): string {
      throw new Error("a field that throws");
    },
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(20_000);
  for (const part of ["5n", "[again]", "why"]) expect(lines[0]).toContain(part);
});

test.each(formats)("[ME5] %s: a stream that is gone is no reason for a failed operation", (format) => {
  const { log } = open({
    format,
    write: () => {
      throw new Error("EPIPE");
    },
  });
  expect(() => log.error("nobody hears")).not.toThrow();
});

test("a logger with fields says them of each of its lines, and a line may say otherwise", () => {
  const { log, lines } = open({});
  const own = withFields(log, { device: "abcd", part: "sync" });
  own.warn("a", { part: "greeting" });
  own.error("b");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { message: "a", device: "abcd", part: "greeting" },
    { message: "b", device: "abcd", part: "sync" },
  ]);
});
