import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startCommand } from "./command.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "bothy-command-")));
afterAll(() => rmSync(folder, { recursive: true }));

test("a command runs in the folder, and its exit code is told", async () => {
  writeFileSync(
    join(folder, "ends.cjs"),
    `process.exit(process.cwd() === ${JSON.stringify(folder)} ? Number(process.argv[2]) : 9);`,
  );
  expect(await startCommand([process.execPath, "ends.cjs", "0"], folder).ended).toBe(0);
  expect(await startCommand([process.execPath, "ends.cjs", "3"], folder).ended).toBe(3);
});

test("a command that can't be started is told, and stopping it is no error", async () => {
  const command = startCommand(["no-such-program-anywhere"], folder);
  expect(await command.ended).toBeInstanceOf(Error);
  await command.stop();
});

test("stopping waits until the command has ended", async () => {
  const command = startCommand([process.execPath, "-e", "setInterval(() => undefined, 1000)"], folder);
  let hasEnded = false;
  void command.ended.then(() => (hasEnded = true));
  await command.stop();
  expect(hasEnded).toBe(true);
});
