import { expect, test } from "vitest";
import type { FunctionEntry } from "../runtime/index.ts";
import { warnOfNoScope } from "./warn-of-no-scope.ts";

type Entry = Pick<FunctionEntry, "name" | "kind" | "isShared" | "visibility">;

const add: Entry = { name: "shared/notes:add", kind: "mutation", isShared: true, visibility: "public" };
const list: Entry = { ...add, name: "shared/notes:list", kind: "query" };
const mine: Entry = { name: "scopes:mine", kind: "scope", isShared: false, visibility: "public" };

function toldOf(...functions: readonly Entry[]): readonly string[] {
  const told: string[] = [];
  warnOfNoScope(functions, (text) => void told.push(text));
  return told;
}

test("an app with a shared mutation and no scope is warned of once, by the mutation's name", () => {
  expect(toldOf(list, add, { ...add, name: "shared/notes:edit" })).toEqual([expect.stringContaining(add.name)]);
});

test.each<[string, readonly Entry[]]>([
  ["with a scope", [add, mine]],
  ["without functions", []],
  ["whose mutations run on the server alone", [list, { ...add, isShared: false }]],
  ["whose shared mutations no device can call", [{ ...add, visibility: "internal" }]],
])("an app %s is not warned of", (_what, functions) => {
  expect(toldOf(...functions)).toEqual([]);
});
