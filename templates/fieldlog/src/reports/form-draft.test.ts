import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dropDraft, dropDrafts, formOf, formTexts, keepDraft, readDraft } from "./form-draft.ts";

let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
    key: (place: number) => [...kept.keys()][place] ?? null,
    get length() {
      return kept.size;
    },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const shown = { species: "Moa", size: "Large" };

test("what was typed is there again, with what the form had shown", () => {
  keepDraft("r1", { shown, typed: { species: "Kea", size: "Large" } });
  expect(readDraft("r1")).toEqual({ shown, typed: { species: "Kea", size: "Large" } });
  expect(readDraft("r2")).toBeUndefined();
  dropDraft("r1");
  expect(readDraft("r1")).toBeUndefined();
});

test("a form that stands as it was opened leaves no draft", () => {
  keepDraft("r1", { shown, typed: { species: "Kea", size: "Large" } });
  keepDraft("r1", { shown, typed: shown });
  expect(readDraft("r1")).toBeUndefined();
});

test("all drafts go at once, and nothing else does", () => {
  kept.set("fieldlog-dismissed", "http");
  for (const key of ["r1", "new", "comment:r1"]) keepDraft(key, { shown, typed: { species: "Kea" } });
  dropDrafts();
  expect([...kept.keys()]).toEqual(["fieldlog-dismissed"]);
});

test("what makes no sense in the storage is no draft, and a browser without storage has none", () => {
  for (const text of ["{", "null", "[]", '{"shown":{}}']) {
    kept.set("fieldlog:draft:r1", text);
    expect(readDraft("r1")).toBeUndefined();
  }
  kept.set("fieldlog:draft:r1", '{"shown":7,"typed":{"species":"Kea","size":3}}');
  expect(readDraft("r1")).toEqual({ shown: {}, typed: { species: "Kea" } });
  vi.stubGlobal("sessionStorage", undefined);
  keepDraft("r1", { shown, typed: { species: "Kea" } });
  dropDraft("r1");
  expect(readDraft("r1")).toBeUndefined();
});

test("the texts of a form make the same form again", () => {
  expect(formTexts(formOf(shown))).toEqual(shown);
});
