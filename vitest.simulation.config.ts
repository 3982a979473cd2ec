import { defineConfig } from "vitest/config";

const conditions = ["bothy-source", "import", "module", "default"];

/** The simulator's own tests, run from source. Seeds in number are run by `npm run simulate`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["tests/simulation/**/*.test.ts"],
    passWithNoTests: false,
    // A bound for what hangs, not for what is slow: a busy machine is no failure.
    testTimeout: 120_000,
  },
});
