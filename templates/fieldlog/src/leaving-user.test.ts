import { afterEach, expect, test, vi } from "vitest";
import type { BothyClient } from "bothy/client";
import { watchLeaving } from "./leaving-user.ts";

type Status = BothyClient["status"]["value"];

/** A client's status in which only the user changes; and how often somebody was seen to leave. */
function stage(first: string | undefined) {
  const listeners: (() => void)[] = [];
  const statusOf = (user: string | undefined) =>
    ({ identity: user === undefined ? null : { tokenIdentifier: user, issuer: "here", subject: user } }) as Status;
  const status = {
    value: statusOf(first),
    subscribe(listener: () => void) {
      listeners.push(listener);
      return () => undefined;
    },
  };
  let leftCount = 0;
  watchLeaving({ status }, () => {
    leftCount += 1;
  });
  return (user: string | undefined) => {
    status.value = statusOf(user);
    for (const listener of listeners) listener();
    return leftCount;
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a user who is heard of for the first time, or again, has not left", () => {
  const becomes = stage(undefined);
  expect(becomes("here|ada")).toBe(0);
  expect(becomes("here|ada")).toBe(0);
});

test("a user leaves once, with the next one known at once or later", () => {
  const becomes = stage("here|ada");
  expect(becomes(undefined)).toBe(1);
  expect(becomes("here|bo")).toBe(1);
  expect(becomes("here|cy")).toBe(2);
});

test("a tab that comes back finds its own user in silence, and tells once of another", () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
  });
  expect(stage(undefined)("here|ada")).toBe(0);
  const again = stage(undefined);
  for (const user of [undefined, "here|ada", "here|ada"]) expect(again(user)).toBe(0);
  const later = stage(undefined);
  expect([undefined, "here|bo", "here|bo"].map(later)).toEqual([0, 1, 1]);
  // Whoever left while the tab was open is not told of again when the next one comes.
  expect(later(undefined)).toBe(2);
  expect(stage(undefined)("here|cy")).toBe(0);
});
