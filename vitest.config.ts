import { defineConfig } from "vitest/config";

/** Unit tests run from source; `tests/integration` and `tests/browser` run against the built packages. */
export default defineConfig({
  resolve: { conditions: ["bothy-source", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["bothy-source", "import", "module", "default"] } },
  test: {
    include: ["packages/*/src/**/*.test.{ts,tsx}", "tools/**/*.test.ts"],
    passWithNoTests: false,
  },
});
