import { expect, test } from "vitest";
import { rulesOf } from "./check-rules.ts";
import { parseSource, type Finding } from "./source.ts";
import { tidy, type Accepted } from "./tidy.ts";

const introduction =
  "// Doors start with what they are for,\n// what they guarantee,\n// and what they leave to whom.\n";

// Without these the count of files would be the first finding of every test.
const ground = {
  "packages/bothy/src/base/clock.ts": "export const start = Date.now();\n",
  "packages/bothy-server/src/base/clock.ts": "export const start = Date.now();\n",
  "tools/tidy/main.ts": "process.stdout.write('tidy');\n",
};

const spec = "**TX1** The first rule.\n\nA line about it.\n";
const ruleTest = { "packages/bothy/src/values/rule.test.ts": 'test("[TX1] the first rule holds", () => {});\n' };

/** What is found in these files, with nothing wrong around them. */
function found(planted: Readonly<Record<string, string>>, accepted: readonly Accepted[] = []): readonly string[] {
  const sources = Object.entries({ ...ground, ...ruleTest, ...planted }).map(([path, text]) => parseSource(path, text));
  return tidy({ sources, rules: rulesOf("docs/spec/transactions.md", spec) }, accepted).map(describeFinding);
}

function describeFinding({ check, path, line, message }: Finding): string {
  return `${check} ${path}:${line} ${message}`;
}

test("nothing is found where nothing is wrong", () => {
  expect(found({})).toEqual([]);
});

test("a run that read no file of a package is a finding", () => {
  const findings = tidy({ sources: [], rules: [] }, []);
  expect(findings.map(({ check, path }) => `${check} ${path}`)).toEqual([
    "count packages/bothy/src/",
    "count packages/bothy-server/src/",
    "count tools/tidy/",
  ]);
});

test("a file that cannot be parsed is a finding", () => {
  expect(found({ "packages/bothy/src/values/order.ts": "export const = 1;\n" })[0]).toMatch(/^syntax /);
});

test.each([
  ["a value import", 'import { x } from "../ranges/index.ts";\n'],
  ["a type-only import", 'import type { X } from "../ranges/index.ts";\n'],
  ["a re-export", 'export { x } from "../ranges/index.ts";\n'],
  ["a dynamic import", 'export const x = () => import("../ranges/index.ts");\n'],
  ["an import inside a type", 'export type X = import("../ranges/index.ts").X;\n'],
])("%s against the layers is a finding that says what is allowed", (_form, text) => {
  expect(found({ "packages/bothy/src/values/order.ts": text })).toEqual([
    "imports packages/bothy/src/values/order.ts:1 values may not import ranges. It may import: errors.",
  ]);
});

test("an import that the table allows, through the door, is none", () => {
  expect(found({ "packages/bothy/src/ranges/range.ts": 'import { x } from "../values/index.ts";\nx();\n' })).toEqual(
    [],
  );
});

test("an import past a door is a finding", () => {
  expect(found({ "packages/bothy-server/src/engine/engine.ts": 'import { x } from "../log/segment.ts";\n' })).toEqual([
    "imports packages/bothy-server/src/engine/engine.ts:1 Import log through its door log/index.ts, not packages/bothy-server/src/log/segment.ts.",
  ]);
});

test("files that import each other in a circle are a finding, also for a type only, and what leads to them is none", () => {
  const planted = {
    "packages/bothy/src/values/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;\n',
    "packages/bothy/src/values/b.ts": 'import { c } from "./c.ts";\nexport type B = typeof c;\n',
    "packages/bothy/src/values/c.ts": 'import type { A } from "./a.ts";\nexport const c = (one: A): A => one;\n',
    "packages/bothy/src/values/d.ts": 'import { c } from "./c.ts";\nexport const d = c;\n',
  };
  const [a, b, c] = Object.keys(planted);
  expect(found(planted)).toEqual([
    `circles ${a}:1 Files import each other in a circle: ${a} > ${b} > ${c} > ${a}. Move what they share into a file of its own.`,
  ]);
  expect(found({ ...planted, "packages/bothy/src/values/c.ts": "export const c = 1;\n" })).toEqual([]);
});

test("a test may import past the doors of what its folder reaches, and nothing above", () => {
  const path = "packages/bothy-server/src/live/live.test.ts";
  expect(found({ [path]: 'import { x } from "../log/segment.ts";\n' })).toEqual([]);
  expect(found({ [path]: 'import { x } from "../sync/index.ts";\n' })[0]).toContain(
    "live may not import sync. It may import: live, engine",
  );
});

test("a folder that is not in the table is a finding", () => {
  const findings = found({ "packages/bothy/src/gadgets/gadget.ts": "export const gadget = 1;\n" });
  expect(findings).toEqual([
    "folders packages/bothy/src/gadgets/gadget.ts:1 The folder packages/bothy/src/gadgets is not in the table of layers (tools/tidy/layers.ts).",
  ]);
});

test("only the command line of the server may import the client", () => {
  const text = 'import { openClient } from "bothy/client";\n';
  expect(found({ "packages/bothy-server/src/cli/run.ts": text })).toEqual([]);
  expect(found({ "packages/bothy-server/src/sync/session.ts": text })[0]).toContain(
    "sync may not import bothy/client. It may import: bothy, bothy/internal.",
  );
});

test("the client's package imports nothing from outside, but React in its folder", () => {
  expect(found({ "packages/bothy/src/react/hooks.ts": 'import { useState } from "react";\n' })).toEqual([]);
  expect(found({ "packages/bothy/src/client/client.ts": 'import { useState } from "react";\n' })[0]).toContain(
    "client may not import react.",
  );
  expect(found({ "packages/bothy/src/values/codec.ts": 'import { openServer } from "bothy-server";\n' })[0]).toContain(
    "values may not import bothy-server.",
  );
});

test("apps and suites import packages by name, and apps no unsupported door", () => {
  const path = "../../packages/bothy/src/values/index.ts";
  expect(found({ "tests/integration/start.test.ts": `import { v } from "${path}";\n` })[0]).toContain(
    "import a package by its name",
  );
  expect(found({ "templates/fieldlog/src/app.ts": 'import { x } from "bothy/internal";\n' })[0]).toContain(
    "An app may not import bothy/internal.",
  );
});

test.each([
  "Date.now();",
  "new Date();",
  "Date();",
  "Math.random();",
  "performance.now();",
  "setTimeout(() => undefined, 1);",
  "globalThis.setInterval(() => undefined, 1);",
  "const later = setImmediate;",
  "crypto.randomUUID();",
  "globalThis.crypto.getRandomValues(bytes);",
  'fetch("http://a.example");',
  'new WebSocket("ws://a.example");',
  'import { readFile } from "node:fs/promises";',
  'import { randomBytes } from "node:crypto";',
  'export { connect } from "node:net";',
  'await import("node:child_process");',
  'import fs from "fs";',
])("%s outside base is a finding", (line) => {
  const findings = found({ "packages/bothy-server/src/engine/engine.ts": `${line}\n` });
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatch(/^world .* outside base/);
});

test.each(["indexedDB.open(name);", "navigator.locks;", "localStorage.clear();", "globalThis.indexedDB;"])(
  "%s in the client's package is a finding outside base and storage",
  (line) => {
    expect(found({ "packages/bothy/src/client/client.ts": `${line}\n` })[0]).toMatch(/^world /);
    expect(found({ "packages/bothy/src/storage/browser.ts": `${line}\n` })).toEqual([]);
    expect(found({ "packages/bothy/src/base/browser.ts": `${line}\n` })).toEqual([]);
  },
);

test.each([
  "new Date(createdMs);",
  "export const f = (setTimeout: (task: () => void) => void) => setTimeout(() => undefined);",
  "clock.setTimeout(1);",
  "export interface Port { fetch(url: string): Promise<WebSocket>; now: typeof Date.now }",
  "export const calls = { fetch: 1 };",
  "globalThis.fetch = refuse;",
  'import type { Server } from "node:net";',
  'import { createHash } from "node:crypto";',
  'import { join } from "node:path";',
])("%s reaches nothing, so it is no finding", (line) => {
  expect(found({ "packages/bothy-server/src/engine/engine.ts": `${line}\n` })).toEqual([]);
});

test("a door that lets something out without a sentence is a finding, wherever the name is declared", () => {
  const door = `${introduction}export { order } from "./order.ts";\nexport type { Value } from "./order.ts";\n`;
  const findings = found({
    "packages/bothy/src/values/index.ts": door,
    "packages/bothy/src/values/order.ts":
      "// no sentence\nexport function order(): void {}\n\n/** Whatever can be stored and sent. */\nexport type Value = null;\n",
  });
  expect(findings).toEqual([
    "doors packages/bothy/src/values/index.ts:4 order is exported without a sentence that says what it is for (declared in packages/bothy/src/values/order.ts).",
  ]);
});

test("a sentence is found through doors behind doors and renamings", () => {
  const findings = found({
    "packages/bothy/src/index.ts": `${introduction}export { compare } from "./values/index.ts";\n`,
    "packages/bothy/src/values/index.ts": `${introduction}export { order as compare } from "./order.ts";\n`,
    "packages/bothy/src/values/order.ts":
      "/** Which of two values comes first. */\nconst order = 1;\nexport { order };\n",
  });
  expect(findings).toEqual([]);
});

test("a door without its introduction, or with anything but named re-exports, is a finding", () => {
  const path = "packages/bothy/src/values/index.ts";
  const order = {
    "packages/bothy/src/values/order.ts": "/** Which of two values comes first. */\nexport const order = 1;\n",
  };
  expect(found({ [path]: '/** Values. */\nexport { order } from "./order.ts";\n', ...order })[0]).toContain(
    "A door starts with a comment of 3 to 10 lines",
  );
  expect(found({ [path]: `${introduction}export * from "./order.ts";\n`, ...order })[0]).toContain(
    "named re-exports and nothing else",
  );
  expect(found({ [path]: `${introduction}export const one = 1;\n`, ...order })[0]).toContain(
    "named re-exports and nothing else",
  );
});

test.each([
  ["// FIXME later", "FIXME never reaches main"],
  ["/* TODO later */", "needs the link of its issue"],
  ['test.only("a value is stored", () => {});', "test.only leaves all other tests out"],
  ["console.log(1);", "console.log was left behind"],
  ["debugger;", "debugger"],
])("%s is a finding", (line, message) => {
  const findings = found({ "packages/bothy/src/values/order.ts": `${line}\n` });
  expect(findings).toHaveLength(1);
  expect(findings[0]).toContain(message);
});

test("a TODO with its link is none, nor is the word in a text", () => {
  expect(
    found({ "packages/bothy/src/values/order.ts": '// TODO shorter, see #12\nexport const word = "FIXME";\n' }),
  ).toEqual([]);
});

test("a rule id in a test title that docs/spec does not have is a finding", () => {
  const text = 'test.each([1])("[TX1, TX9] it holds for %s", () => {});\n';
  expect(found({ "tests/integration/rule.test.ts": text })).toEqual([
    "rules tests/integration/rule.test.ts:1 No rule of docs/spec has the id TX9.",
  ]);
});

test("a rule without a test is a finding, and so is an id given twice", () => {
  const sources = Object.entries(ground).map(([path, text]) => parseSource(path, text));
  const rules = rulesOf("docs/spec/sync.md", "# Sync\n\n**SY1** One.\n**SY1** Two, not **SY2**.\n");
  expect(tidy({ sources, rules }, []).map(describeFinding)).toEqual([
    "rules docs/spec/sync.md:4 The id SY1 is already given in docs/spec/sync.md:3.",
    "rules docs/spec/sync.md:3 No test names the rule SY1.",
  ]);
});

test.each([
  "values/utils.ts",
  "values/string-helpers.ts",
  "values/data.ts",
  "values/handler.ts",
  "values/order2.ts",
  "values/OrderKeys.ts",
])("the file name %s is a finding", (name) => {
  expect(found({ [`packages/bothy/src/${name}`]: "export const order = 1;\n" })[0]).toMatch(/^names /);
});

test("an accepted finding is not reported, and an acceptance that nothing needs is", () => {
  const path = "packages/bothy/src/values/order.ts";
  const accepted = { check: "world", path, message: "Date.now", reason: "planted" };
  expect(found({ [path]: "Date.now();\n" }, [accepted])).toEqual([]);
  expect(found({ [path]: "export const order = 1;\n" }, [accepted])[0]).toContain("Nothing needs the acceptance");
});
