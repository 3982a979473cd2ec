import { expect, test } from "vitest";
import { run } from "./run.mjs";

const node = process.execPath;

test("a command that does not end by itself is ended at its limit, with what it started", async () => {
  const spin = `require("node:child_process").spawn(process.execPath, ["-e", "for (;;);"], { stdio: "inherit" }); for (;;);`;
  const { code, output } = await run(node, ["-e", spin], { capture: true, limitMs: 500 });
  expect(code).toBe(124);
  expect(output).toContain("did not end within");
});

test.skipIf(process.platform === "win32")(
  "what a command leaves running, its output open, keeps nobody waiting",
  async () => {
    const left = await run("sh", ["-c", "sleep 600 & echo left"], { capture: true, limitMs: 900_000 });
    expect(left).toEqual({ code: 0, output: "left\n" });
  },
);
