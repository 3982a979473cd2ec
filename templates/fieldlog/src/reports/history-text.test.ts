import { expect, test } from "vitest";
import { actText, replacedText } from "./history-text.ts";

const species = { field: "species", from: "Moa", to: "Kea" } as const;
const speed = { field: "speedKnots", from: null, to: 90 } as const;

test("a change of one field names it, one of several says how many", () => {
  expect(actText({ kind: "edited", fields: [species] })).toBe("changed Species");
  expect(actText({ kind: "edited", fields: [species, speed] })).toBe("changed 2 fields");
  expect(actText({ kind: "restored", fields: [species] })).toBe("took back Species");
  expect(actText({ kind: "closed" })).toBe("closed the report");
});

test("each field says what it held before and after, as it stands on the screen", () => {
  expect(replacedText("edited", speed)).toEqual({ label: "Speed", isKept: false, before: "Not noted", after: "90 kn" });
  expect(replacedText("kept", species)).toMatchObject({ isKept: true, before: "Moa", after: "Kea" });
});
