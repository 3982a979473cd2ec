import { expect, test } from "vitest";
import type { Commit } from "./engine.ts";
import { storedStamp } from "./stored-document.ts";
import { commit, deleteDocument, newId, openTestEngine, putDocument, testWorld } from "./test-engine.ts";

test("[EN35] whoever hears of a commit is told the stamps that its documents had before, in the order of its writes", async () => {
  const engine = await openTestEngine(testWorld());
  const heard: Commit[] = [];
  engine.onCommit((one) => void heard.push(one));
  const [first, second] = [newId("notes"), newId("notes")];
  const put = (_id: string, body: string) => putDocument(engine, "notes", { _id, room: "a", rank: 1, body });
  const begun = commit(engine, put(first, "one"));
  const changed = commit(engine, put(first, "two"), put(second, "new"));
  commit(engine, deleteDocument(engine, "notes", second), put(first, "three"));
  const stamps = heard.map((one) => one.stamps.map((stamp) => (stamp === "" ? 0 : storedStamp(stamp))));
  expect(stamps).toEqual([[0], [begun, 0], [changed, changed]]);
  await engine.close();
});
