import { expect, test } from "vitest";
import { announcement, settleMs, stateTexts, troubleTexts, type ConnectionState } from "./standing.ts";

const none = { rejected: 0, conflicts: 0 };

test("each state has a word, a sign and a sentence of its own", () => {
  const texts = Object.values(stateTexts);
  expect(new Set(texts.map(({ title }) => title)).size).toBe(texts.length);
  expect(texts.every(({ waiting }) => waiting.endsWith("."))).toBe(true);
  // What stands beside each other in time differs in its sign too, for those who see no colours.
  const icons = (["online", "offline", "paused", "connecting", "updateNeeded"] as const).map(
    (state) => stateTexts[state].icon,
  );
  expect(new Set(icons).size).toBe(icons.length);
});

test("only the loss of a connection waits for a moment before it is shown", () => {
  const states: readonly ConnectionState[] = ["online", "paused", "ahead", "updateNeeded"];
  expect(states.map(settleMs)).toEqual([0, 0, 0, 0]);
  expect(settleMs("offline")).toBeGreaterThan(0);
});

test("what is announced names the state and what has to be decided", () => {
  expect(announcement("offline", none)).toBe("Offline.");
  expect(announcement("online", { rejected: 2, conflicts: 1 })).toBe("Online. 2 rejected. 1 conflict.");
  expect(troubleTexts(none)).toEqual([]);
  expect(troubleTexts({ rejected: 0, conflicts: 3 })).toEqual(["3 conflicts"]);
});
