/**
 * Counts what a suite ran, from vitest's JSON report (undefined when it died before writing one) and its exit code. A
 * file that could not be loaded, a stray error and a suite without a test count as one failure each.
 */
export function countTests(report, code) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const passed = report.numPassedTests;
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = report.numFailedTests + unloaded.length;
  const isUnexplained = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: isUnexplained ? 1 : failed, skipped: report.numPendingTests + report.numTodoTests };
}

/** The files in which something failed. */
export function failedFiles(report) {
  return (report?.testResults ?? []).filter(({ status }) => status === "failed").map(({ name }) => name);
}

/** A report in which the files of a later run stand as that one says. */
export function withLater(report, later) {
  const again = new Set(later.testResults.map(({ name }) => name));
  const testResults = [...report.testResults.filter(({ name }) => !again.has(name)), ...later.testResults];
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
  return {
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("pending", "skipped", "disabled"),
    numTodoTests: count("todo"),
    testResults,
  };
}
