import { AppError, BothyError, functionVersion, limits, mutation, query, upcast, v } from "bothy/internal";
import { expect, test } from "vitest";
import { argumentsOf, resultOf, wireErrorOf } from "./call-values.ts";

const trap = (): never => {
  throw new Error("trap");
};
const trapped = new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap });
const fault = new Error("gone wrong");

test.each([
  ["an AppError", new AppError({ kind: "full" }), { code: "app_error", data: { kind: "full" } }],
  [
    "an error of Bothy",
    new BothyError("document_missing", { message: "There is none." }),
    { code: "document_missing" },
  ],
  ["an Error", fault, { code: "function_failed", message: "gone wrong" }],
  ["nothing", null, { code: "function_failed" }],
  ["a symbol", Symbol("x"), { code: "function_failed" }],
  ["an object without a text", Object.create(null), { code: "function_failed" }],
  ["a proxy that throws", trapped, { code: "function_failed" }],
  [
    "an Error whose message throws",
    Object.defineProperty(new Error("x"), "message", { get: trap }),
    { code: "function_failed" },
  ],
  [
    "an Error whose message is no text",
    Object.assign(new Error("x"), { message: { a: 1 } }),
    { code: "function_failed" },
  ],
  ["an AppError with what is no value", new AppError(() => 1), { code: "function_failed" }],
  [
    "an AppError with a proxy that throws",
    Object.assign(new AppError(1), { data: trapped }),
    { code: "function_failed" },
  ],
  ["an AppError of 2 MiB", new AppError("x".repeat(2_097_152)), { code: "function_failed" }],
  [
    "an error with a code of its own",
    Object.assign(new BothyError("internal", { message: "" }), { code: "made_up" }),
    { code: "function_failed" },
  ],
])("[FN8] %s travels under a code of the table", (_what, thrown, expected) => {
  expect(wireErrorOf(thrown, () => undefined)).toMatchObject(expected);
});

test("[FN8] a fault's stack goes to the log, and a long message is cut", () => {
  const stacks: string[] = [];
  wireErrorOf(fault, (stack) => stacks.push(stack));
  expect(stacks).toEqual([fault.stack]);
  expect(wireErrorOf(new Error("x".repeat(1_000_000)), () => undefined).message.length).toBeLessThan(5_000);
});

test("[FN7] a result as large as allowed is given, a larger one is limit_exceeded", () => {
  const registered = query({ args: {}, handler: async () => null });
  const text = (sizeBytes: number): string => "x".repeat(sizeBytes - 2);
  expect(resultOf(registered, "f", text(limits.resultSizeBytes))).toHaveLength(limits.resultSizeBytes - 2);
  expect(() => resultOf(registered, "f", text(limits.resultSizeBytes + 1))).toThrow(
    expect.objectContaining({ code: "limit_exceeded" }),
  );
});

test("[SK10] arguments of an older version are brought up before they are checked; an upcast that fails refuses the arguments", () => {
  const old = { note: v.string() };
  const edit = mutation({
    args: { remarks: v.string() },
    upcasts: [
      upcast(old, ({ note }) => {
        if (note === "") throw new Error("nothing to bring up");
        // What a careless author makes of it is checked as arguments are.
        return { remarks: note === "careless" ? (5 as unknown as string) : note };
      }),
    ],
    handler: async () => null,
  });
  const call = (args: { note: string }, version = functionVersion("reports:edit", { args: v.object(old) })) =>
    argumentsOf(edit, {
      name: "reports:edit",
      args,
      version,
    });
  expect(call({ note: "n" })).toEqual({ remarks: "n" });
  const refused = expect.objectContaining({ code: "arguments_invalid" });
  expect(() => call({ note: "" })).toThrow(refused);
  expect(() => call({ note: "careless" })).toThrow(refused);
  expect(() => call({ note: "n" }, "of another app")).toThrow(refused);
});
