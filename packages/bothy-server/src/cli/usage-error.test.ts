import { expect, test } from "vitest";
import { usageError } from "./usage-error.ts";

test.each([
  ["error: unknown option '--prot'\n(Did you mean --port?)", "Unknown option '--prot'.", "Did you mean --port?"],
  ["error: missing required argument 'file'", "Missing required argument 'file'.", "Add --help"],
])("what commander says about words becomes an error of ours", (message, what, fix) => {
  expect(usageError({ code: "commander.any", message })).toMatchObject({
    code: "usage_invalid",
    message: what,
    fix: expect.stringContaining(fix),
  });
});

test("no command at all points to the help", () => {
  expect(usageError({ code: "commander.help", message: "(outputHelp)" })).toMatchObject({
    code: "usage_invalid",
    fix: expect.stringContaining("--help"),
  });
});
