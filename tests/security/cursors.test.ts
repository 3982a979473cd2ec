import type { Hello, HelloCursor, Poke } from "bothy/internal";
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { helloOf, newProfile, openDevice, randomHex } from "../raw-device.ts";
import type { RawProfile } from "../raw-device.ts";
import { openSocket } from "../raw-socket.ts";
import type { Received } from "../raw-socket.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let scene: Scene;
/** A device that was here, saw a cursor and left. */
let honest: RawProfile;
/** Another device of the same user, and one of another user, with cursors of their own. */
let sibling: RawProfile;
let stranger: RawProfile;
beforeAll(async () => {
  scene = await openScene();
  honest = await visit(newProfile());
  sibling = await visit({ ...newProfile(), token: honest.token ?? "" });
  stranger = await visit(newProfile());
});
afterEach(() => scene.expectPeace());
afterAll(() => scene.close());

/** Joins a room, writes into it and stays until the deployment has sealed a cursor over both. */
async function visit(profile: RawProfile): Promise<RawProfile> {
  const device = await openDevice(scene.url, profile);
  await device.mutate("shared/rooms:join", { room: `room of ${profile.id}` });
  await device.mutate("shared/messages:send", { room: `room of ${profile.id}`, body: "mine" });
  await device.until(() => device.rows("messages").length > 0);
  const version = Math.max(...device.rows("messages").map(({ version: written }) => written));
  await device.socket.find((message): message is Received => message.type === "cursor" && message.version >= version);
  device.close();
  await device.socket.ended;
  return profile;
}

/** What the deployment takes a cursor for: the ways in which the ranges of its first poke are granted. */
async function grantsOf(hello: Hello): Promise<{
  readonly ways: readonly "whole"[];
  readonly since: number | undefined;
  readonly without: readonly number[] | undefined;
}> {
  const socket = await openSocket(scene.url);
  socket.sendMessage(hello);
  const parts: Poke[] = [];
  const last = await socket.find((message): message is Poke => {
    if (message.type === "poke") parts.push(message);
    return message.type === "poke" && message.header.more !== true;
  });
  expect(last.type).toBe("poke");
  socket.close();
  await socket.ended;
  return {
    ways: parts.flatMap(({ header }) => header.grant ?? []).map(() => "whole"),
    since: parts[0]?.header.since,
    without: parts[0]?.header.without,
  };
}

function helloWith(change: (cursor: HelloCursor) => HelloCursor, hello: Partial<Hello> = {}): Hello {
  honest.fence += 1;
  if (honest.cursor === undefined) throw new Error("An honest device has a cursor.");
  return { ...helloOf(honest), cursor: change(honest.cursor), ...hello };
}

describe("[SY15] [S21]", () => {
  test("a genuine cursor is honoured: its ranges are kept", async () => {
    const { ways, since, without } = await grantsOf(helloWith((cursor) => cursor));
    // The room that another device of the user has joined since is new.
    expect(ways).toEqual(["whole"]);
    expect([since, without]).toEqual([honest.cursor?.version, undefined]);
  });

  test.each<[string, (cursor: HelloCursor) => HelloCursor]>([
    ["no seal", (cursor) => ({ ...cursor, seal: "" })],
    ["a seal of noise", (cursor) => ({ ...cursor, seal: randomBytes(60).toString("latin1") })],
    ["a seal of random digits", (cursor) => ({ ...cursor, seal: `${randomHex(32)}.${randomHex(32)}` })],
    [
      "a seal of the same log hash with random digits",
      (cursor) => ({ ...cursor, seal: `${cursor.seal.split(".")[0]}.${randomHex(32)}` }),
    ],
    [
      "a seal with one digit changed",
      ({ seal, ...cursor }) => ({ ...cursor, seal: seal.slice(0, -1) + (seal.endsWith("0") ? "1" : "0") }),
    ],
    ["half a seal", ({ seal, ...cursor }) => ({ ...cursor, seal: seal.slice(0, -2) })],
    [
      "a seal with another log hash",
      ({ seal, ...cursor }) => ({ ...cursor, seal: `${randomHex(32)}.${seal.split(".")[1]}` }),
    ],
    ["the seal of another device of the same user", () => sibling.cursor ?? neverSealed],
    ["the seal of another user", () => stranger.cursor ?? neverSealed],
    ["a later version", (cursor) => ({ ...cursor, version: cursor.version + 1 })],
    ["an earlier version", (cursor) => ({ ...cursor, version: cursor.version - 1 })],
    ["version 0", (cursor) => ({ ...cursor, version: 0 })],
    ["a version that is to come", (cursor) => ({ ...cursor, version: Number.MAX_SAFE_INTEGER })],
    ["a range more", (cursor) => ({ ...cursor, ranges: [...cursor.ranges, ["0".repeat(16), null]] })],
    ["a range less", (cursor) => ({ ...cursor, ranges: cursor.ranges.slice(1) })],
    ["no range", (cursor) => ({ ...cursor, ranges: [] })],
    [
      "another range",
      (cursor) => ({
        ...cursor,
        ranges: cursor.ranges.map(([, edge], at) => [at === 0 ? "f".repeat(16) : "0".repeat(16), edge] as const),
      }),
    ],
    ["a range twice", (cursor) => ({ ...cursor, ranges: [...cursor.ranges, ...cursor.ranges] })],
    ["an edge", (cursor) => ({ ...cursor, ranges: cursor.ranges.map(([tag]) => [tag, "\u0007edge"] as const) })],
    [
      "thousands of ranges",
      (cursor) => ({
        ...cursor,
        ranges: Array.from({ length: 20_000 }, (_, at) => [at.toString(16).padStart(16, "0"), null] as const),
      }),
    ],
  ])("a cursor with %s proves nothing: everything is sent whole, and no epoch begins", async (_what, forge) => {
    const { ways, since } = await grantsOf(helloWith(forge));
    expect(new Set(ways)).toEqual(new Set(["whole"]));
    expect(since).toBeUndefined();
    const device = await openDevice(scene.url);
    expect(device.welcome.epoch).toBe(scene.bystander.welcome.epoch);
    device.close();
  });

  test.each<[string, () => Partial<Hello>]>([
    ["another epoch", () => ({ epoch: randomHex(8) })],
    ["another deployment", () => ({ server: "another" })],
  ])("a genuine cursor of %s proves nothing", async (_what, changes) => {
    const { ways } = await grantsOf(helloWith((cursor) => cursor, changes()));
    expect(new Set(ways)).toEqual(new Set(["whole"]));
  });
});

const neverSealed: HelloCursor = { seal: "", version: 0, ranges: [] };
