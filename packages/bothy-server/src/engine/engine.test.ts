import { expect, test } from "vitest";
import { commit, contentOf, deleteDocument, newId, openTestEngine, putDocument, rangeOf, testWorld } from "./test-engine.ts";

test("[EN1] a commit is visible at once and durable soon after", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  const start = engine.version;
  const _id = newId("notes");
  const version = commit(engine, putDocument(engine, "notes", { _id, room: "a", rank: 1, body: "x" }));
  expect([version, engine.version, engine.durableVersion]).toEqual([start + 1, start + 1, start]);
  const byRoom = rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"] });
  expect(engine.read(byRoom, "asc", 10).documents).toMatchObject([{ id: _id, version }]);
  await engine.whenDurable(version);
  expect(engine.durableVersion).toBe(version);
  commit(engine, deleteDocument(engine, "notes", _id));
  expect(engine.read(byRoom, "asc", 10).documents).toEqual([]);
  await engine.close();
});

test("[EN6] what was committed before a close is there after it", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  for (let i = 0; i < 20; i++) commit(engine, putDocument(engine, "notes", { _id: newId("notes"), room: `r${i % 3}`, rank: i, body: "ß" }));
  const content = contentOf(engine);
  const { serverId, epoch, secret, version } = engine;
  const hash = engine.logHash(version);
  await engine.close();
  const again = await openTestEngine(world);
  expect(contentOf(again)).toEqual(content);
  expect([again.serverId, again.epoch, again.secret, again.version, again.logHash(version)]).toEqual([serverId, epoch, secret, version, hash]);
  await again.close();
});
