const slowFileMs = 10_000;
const stuckMs = 120_000;
const lookMs = 30_000;

/**
 * A reporter of vitest that says where a long run is: each file that took long, and what has been running for two minutes without
 * an end. What hangs in a loop ends no test and no time limit of its worker, so it is told from outside.
 */
export default class ProgressReporter {
  #running = new Map();
  #watch;

  onTestRunStart() {
    this.#watch = setInterval(() => this.#tellStuck(), lookMs);
    this.#watch.unref();
  }

  onTestModuleStart(file) {
    this.#begin(file.id, file.relativeModuleId);
  }

  onTestCaseReady(test) {
    this.#begin(test.id, nameOf(test));
  }

  onTestCaseResult(test) {
    this.#running.delete(test.id);
  }

  onTestModuleEnd(file) {
    const entry = this.#running.get(file.id);
    this.#running.delete(file.id);
    if (entry === undefined) return;
    const tookMs = performance.now() - entry.startedMs;
    if (tookMs >= slowFileMs) process.stdout.write(`${seconds(tookMs)}  ${entry.name}\n`);
  }

  onTestRunEnd() {
    clearInterval(this.#watch);
  }

  #begin(id, name) {
    this.#running.set(id, { name, startedMs: performance.now(), toldAfterMs: stuckMs });
  }

  #tellStuck() {
    for (const entry of this.#running.values()) {
      const sinceMs = performance.now() - entry.startedMs;
      if (sinceMs < entry.toldAfterMs) continue;
      process.stdout.write(`${seconds(sinceMs)}  still running: ${entry.name}\n`);
      entry.toldAfterMs = sinceMs * 2;
    }
  }
}

function nameOf(test) {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function seconds(ms) {
  return `${String(Math.round(ms / 1000)).padStart(5)} s`;
}
