import { defineConfig } from "vitest/config";

const testTimeoutMs = 60_000;
const browserTimeoutMs = 120_000;
/** What is asked for until it is so: a bound for what never comes, not for a machine that is busy. */
const seenWithinMs = 20_000;

/**
 * The suites that run the built packages (`npm run build` first), as a user's app would load them: servers are real
 * processes on real sockets. Two files at a time: much of each is waiting, and more would wait for the processor.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    passWithNoTests: false,
    projects: ["integration", "security", "browser"].map((name) => {
      const timeoutMs = name === "browser" ? browserTimeoutMs : testTimeoutMs;
      return {
        test: {
          name,
          include: [`tests/${name}/**/*.test.{ts,tsx}`],
          testTimeout: timeoutMs,
          expect: { poll: { timeout: seenWithinMs } },
          hookTimeout: timeoutMs,
          teardownTimeout: 20_000,
        },
      };
    }),
  },
});
