import { AppError, BothyError } from "bothy/internal";
import { expect, test } from "vitest";
import { createOutput } from "./output.ts";
import type { OutputParts } from "./output.ts";

function open(parts: Partial<OutputParts> = {}) {
  const written = { out: "", error: "" };
  const output = createOutput({
    isJson: false,
    isTerminal: false,
    hasColor: false,
    writeOut: (text) => void (written.out += text),
    writeError: (text) => void (written.error += text),
    ...parts,
  });
  return { output, written };
}

const at = (done: number) => ({ done, total: 1_000, perSecond: 12_345.6 });

test("results go to stdout, everything else to stderr", () => {
  const { output, written } = open();
  output.print("result");
  output.say("meanwhile");
  expect(written).toEqual({ out: "result\n", error: "meanwhile\n" });
});

test("with --json a program is told results and errors only", () => {
  const { output, written } = open({ isJson: true });
  output.say("meanwhile");
  output.progress("rows", at(500));
  const code = output.fail(new BothyError("table_missing", { message: "m", fix: "f", details: { table: "t" } }));
  expect(code).toBe(4);
  expect(written.out).toBe("");
  expect(JSON.parse(written.error)).toEqual({
    error: { code: "table_missing", message: "m", fix: "f", details: { table: "t" } },
  });
});

test("progress is one line that is drawn again on a terminal, and a line for each tenth elsewhere", () => {
  const terminal = open({ isTerminal: true });
  for (let done = 0; done <= 1_000; done += 50) terminal.output.progress("rows", at(done));
  expect(terminal.written.error.split("\n")).toHaveLength(2);
  expect(terminal.written.error).toContain("1,000/1,000 rows, 12,346 rows/s\n");
  const pipe = open();
  for (let done = 0; done <= 1_000; done += 50) pipe.output.progress("rows", at(done));
  expect(pipe.written.error.trim().split("\n")).toHaveLength(11);
  expect(pipe.written.error).not.toContain("\u001b");
});

test("an error says what, why and what to do; one of ours that nobody expected says where", () => {
  const { output, written } = open();
  const cause = new Error("EACCES");
  expect(output.fail(new BothyError("folder_unwritable", { message: "m", fix: "f", cause }))).toBe(1);
  expect(written.error).toBe("Error folder_unwritable: m\nCause: EACCES\nFix: f\n");
  expect(output.fail(new BothyError("app_error", { message: "m", details: { kind: "closed" } }))).toBe(5);
  expect(written.error).toContain('Data: {"kind":"closed"}');
  expect(output.fail(new TypeError("a bug"))).toBe(1);
  expect(written.error).toContain("TypeError: a bug\n    at ");
  expect(output.fail(new AppError("x"))).toBe(1);
});

test("color is used where it is wanted", () => {
  const { output, written } = open({ hasColor: true });
  output.fail(new BothyError("internal", { message: "m" }));
  expect(written.error).toContain("\u001b[31m");
});
