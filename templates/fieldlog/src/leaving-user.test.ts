import { expect, test } from "vitest";
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
