import { defineConfig } from "vitest/config";

const conditions = ["bothy-source", "import", "module", "default"];

/** Unit tests, run from source without a build. The suites of `tests/` run the built packages: vitest.built.config.ts. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "packages/*/src/**/*.test.{ts,tsx}",
      "templates/*/{bothy,seed,shell,src}/**/*.test.{ts,tsx}",
      "tests/guide/**/*.test.ts",
      "tests/history/**/*.test.ts",
      "tests/torture/**/*.test.ts",
      "tools/**/*.test.ts",
      "scripts/*.test.mjs",
    ],
    passWithNoTests: false,
    maxWorkers: "100%",
    // A bound for what hangs, not for what is slow: a busy machine is no failure.
    testTimeout: 60_000,
  },
});
