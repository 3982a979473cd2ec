import { expect, test } from "vitest";
import {
  AppError,
  assert,
  BothyError,
  errorCodes,
  isAppError,
  isBothyError,
  isErrorCode,
  unreachable,
} from "./index.ts";

test("a BothyError carries what happened, what to do and its cause", () => {
  const cause = new Error("the disk said so");
  const error = new BothyError("disk_failed", { message: "m", fix: "f", cause, details: { path: "x" } });
  expect(error).toMatchObject({
    name: "BothyError",
    code: "disk_failed",
    message: "m",
    fix: "f",
    cause,
    details: { path: "x" },
  });
  expect(Object.hasOwn(new BothyError("internal", { message: "m" }), "fix")).toBe(false);
});

test("errors are recognised by their mark, also those of another copy", () => {
  const foreign = Object.assign(new Error("x"), { code: "offline", [Symbol.for("bothy.error")]: true });
  expect(isBothyError(foreign)).toBe(true);
  expect(isBothyError(new Error("x"))).toBe(false);
  expect(isBothyError(null)).toBe(false);
  expect(isAppError(new AppError({ reason: "closed" }))).toBe(true);
  expect(isAppError(new BothyError("internal", { message: "m" }))).toBe(false);
});

test("an AppError keeps its data and says something readable", () => {
  expect(new AppError({ reason: "closed", at: 3n }).message).toBe('{"reason":"closed","at":"3"}');
  expect(new AppError("closed").message).toBe("closed");
  expect(new AppError({ message: "The report is closed." }).message).toBe("The report is closed.");
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(new AppError(cycle).data).toBe(cycle);
});

test("a broken belief is an internal error", () => {
  expect(() => assert(false, "one is two")).toThrow(expect.objectContaining({ code: "internal" }));
  expect(() => assert(true, "one is one")).not.toThrow();
  const forgotten = JSON.parse('"new case"') as never;
  expect(() => unreachable(forgotten)).toThrow(expect.objectContaining({ code: "internal" }));
});

test("every code has a status, a close code and an exit code in their allowed ranges", () => {
  for (const traits of Object.values(errorCodes)) {
    expect(traits.httpStatus).toBeGreaterThanOrEqual(400);
    expect(traits.socketCloseCode === 1008 || traits.socketCloseCode === 1009 || traits.socketCloseCode >= 1011).toBe(
      true,
    );
    expect(traits.exitCode).toBeGreaterThan(0);
  }
});

test("only words of the table are codes, not what every object inherits", () => {
  expect(isErrorCode("offline")).toBe(true);
  expect(isErrorCode("constructor")).toBe(false);
  expect(isErrorCode(7)).toBe(false);
});
