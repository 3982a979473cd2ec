import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deployment } from "../deployment.ts";
import { startFieldlog, visit } from "./fieldlog.ts";
import { collectFrames, typeOf } from "./frames.ts";
import { openProfile, removeProfiles } from "./profile.ts";

let server: Deployment;

beforeAll(async () => {
  server = await startFieldlog();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

test("60 idle seconds carry heartbeats and nothing else, and no request", async () => {
  const { page } = await openProfile();
  const frames = collectFrames(page);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await visit(page, server.url, ["AAA"]);
  const count = (type: string): number => frames.filter((frame) => typeOf(frame) === type).length;
  // The cursor of the last poke follows it at rest; the first ping says that all is quiet.
  await expect.poll(() => count("ping"), { timeout: 60_000, interval: 200 }).toBe(1);
  await expect.poll(() => count("pong"), { timeout: 5_000 }).toBe(1);
  const before = frames.length;
  requests.length = 0;
  // Three pings, 20 s apart: a minute in which nothing happened.
  await expect.poll(() => count("ping"), { timeout: 90_000, interval: 200 }).toBe(4);
  await expect.poll(() => count("pong"), { timeout: 5_000 }).toBe(4);
  expect(frames.slice(before).map(typeOf)).toEqual(["ping", "pong", "ping", "pong", "ping", "pong"]);
  expect(requests).toEqual([]);
});
