import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./create-program.ts";
import { parseWhole } from "./parse-whole.ts";
import { version } from "./version.ts";

const silent = createOutput({
  isJson: true,
  isTerminal: false,
  hasColor: false,
  writeOut: () => undefined,
  writeError: () => undefined,
});

test("the version is that of the package, and of the client's package that it is locked to", () => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect(JSON.parse(text)).toMatchObject({ version, dependencies: { bothy: version } });
});

test("there is no command but those that the guide names", () => {
  expect(createProgram(silent).commands.map((command) => command.name())).toEqual([
    "start",
    "dev",
    "run",
    "import",
    "export",
    "devices",
    "doctor",
    "backup",
    "restore",
    "codegen",
  ]);
});

test.each([
  ["strat"],
  ["start", "--prot", "1"],
  ["run"],
  ["import", "x.csv", "--tabel"],
  ["codegen", "extra", "words"],
])("words that no command understands are an error, and nothing runs: %s %s %s", async (...words) => {
  await expect(createProgram(silent).parseAsync(words.filter(Boolean), { from: "user" })).rejects.toMatchObject({
    code: expect.stringContaining("commander."),
  });
});

test.each(["", "x", "-1", "1.5", "65536", "0x10", "1e3"])("%j is no port", (text) => {
  expect(() => parseWhole(text, { name: "The port", from: 0, to: 65_535 })).toThrow(
    expect.objectContaining({ code: "usage_invalid" }),
  );
});
