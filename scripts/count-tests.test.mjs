import { expect, test } from "vitest";
import { countTests, failedFiles, withLater } from "./count-tests.mjs";

const green = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test("what passed, failed and was skipped is counted as the report says", () => {
  expect(countTests(green, 0)).toEqual({ passed: 3, failed: 0, skipped: 0 });
  const red = { ...green, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 };
  expect(countTests(red, 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
});

test("a file that could not be loaded is a failure, though none of its tests ran", () => {
  const testResults = [{ status: "failed", assertionResults: [] }];
  expect(countTests({ ...green, testResults }, 1).failed).toBe(1);
});

test("a run without a report, with a stray error or without a test is a failure", () => {
  expect(countTests(undefined, 0).failed).toBe(1);
  expect(countTests(green, 1).failed).toBe(1);
  expect(countTests({ ...green, numPassedTests: 0, numPendingTests: 4 }, 0).failed).toBe(1);
});

test("a file that was run again counts as it went then, and the others as they went before", () => {
  const file = (name, ...statuses) => ({
    name,
    status: statuses.includes("failed") ? "failed" : "passed",
    assertionResults: statuses.map((status) => ({ status })),
  });
  const first = { ...green, numPassedTests: 3, numFailedTests: 2 };
  const testResults = [file("a", "passed", "skipped"), file("b", "passed", "failed", "failed"), file("c", "passed")];
  const report = { ...first, testResults };
  expect(failedFiles(report)).toEqual(["b"]);
  expect(failedFiles(undefined)).toEqual([]);
  const held = withLater(report, { testResults: [file("b", "passed", "passed", "passed")] });
  expect(countTests(held, 0)).toEqual({ passed: 5, failed: 0, skipped: 1 });
  const red = withLater(report, { testResults: [file("b", "passed", "passed", "failed")] });
  expect(countTests(red, 1)).toEqual({ passed: 4, failed: 1, skipped: 1 });
});
