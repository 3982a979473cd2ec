import { makeId } from "bothy/internal";
import type { ErrorMessage, Json, PushedMutation, ResultMessage } from "bothy/internal";
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newProfile, nextMutation, openDevice, randomHex, versionOf } from "../raw-device.ts";
import type { RawDevice } from "../raw-device.ts";
import type { Received } from "../raw-socket.ts";
import { codeOf, openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let scene: Scene;
let device: RawDevice;
beforeAll(async () => {
  scene = await openScene();
  device = await openDevice(scene.url);
});
afterEach(() => scene.expectPeace());
afterAll(() => scene.close());

const send = "shared/messages:send";
/** A field of this name is written into JSON as any other, and read from it as any other. */
const withProto: Json = JSON.parse('{"room":"r","body":"b","__proto__":{"isClosed":true}}');
const nested = (levels: number): Json => (levels === 0 ? 0 : [nested(levels - 1)]);

/** Pushes a mutation and tells how it ended. */
async function outcome(
  name: string,
  args: Json,
  changes?: Partial<PushedMutation>,
): Promise<readonly [string, string]> {
  const ended = await device.mutate(name, args, changes);
  return [ended[1], codeOf(ended)];
}

describe("[SY19] [FN9] a function that a device can't call parks the mutation with function_missing:", () => {
  test.each([
    ["unknown", "shared/messages:erase"],
    ["of an unknown module", "shared/nothing:send"],
    ["internal", "server:expel"],
    ["internal, and a query", "server:allMessages"],
    ["of the system", "_system/imports:begin"],
    ["without a name", ""],
    ["named as what every object has", "constructor"],
    ["named as the prototype", "__proto__"],
    ["that every module has", "shared/messages:toString"],
    ["named by a path", "../../server:expel"],
    ["named with a line break", "server\n:count"],
    ["named in 512 characters", "x".repeat(512)],
  ])("%s", async (_what, name) => {
    expect(await outcome(name, { room: "control" }, { version: versionOf(name) })).toEqual([
      "parked",
      "function_missing",
    ]);
  });
});

describe("[SY19] [FN7] [S15] [S16] arguments that are wrong reject the mutation with arguments_invalid:", () => {
  test.each([
    ["none of them", {}],
    ["one missing", { room: "r" }],
    ["one too many", { room: "r", body: "b", isClosed: true }],
    ["of another type", { room: 7, body: null }],
    ["an object where there is text", { room: { $ne: null }, body: "b" }],
    ["a list", ["r", "b"]],
    ["no object", "r"],
    ["null", null],
    ["a field __proto__", withProto],
    ["a field constructor", { room: "r", body: "b", constructor: { prototype: { isClosed: true } } }],
    ["an encoding that there is not", { room: { $regexp: "." }, body: "b" }],
    ["an encoding with nonsense in it", { room: { $integer: "many" }, body: "b" }],
    ["bytes that are no base64", { room: { $bytes: "%%" }, body: "b" }],
    ["text with half a character", { room: "\ud800", body: "b" }],
    ["lists in lists", { room: nested(60), body: "b" }],
    ["a list that is too long", { room: Array.from({ length: 8_193 }, () => 0), body: "b" }],
  ])("%s", async (_what, args) => {
    expect(await outcome(send, args)).toEqual(["rejected", "arguments_invalid"]);
  });

  test("an object with too many fields", async () => {
    const room = Object.fromEntries(Array.from({ length: 1_025 }, (_, at) => [`field${at}`, at]));
    expect(await outcome(send, { room, body: "b" })).toEqual(["rejected", "arguments_invalid"]);
  });

  test("those of another version of the function park it, unless they are what this one takes", async () => {
    const changes = { version: "0".repeat(16) };
    expect(await outcome(send, { room: "r", text: "b" }, changes)).toEqual(["parked", "arguments_invalid"]);
    expect(await outcome(send, { room: "r", body: "b" }, changes)).toEqual(["applied", "applied"]);
  });
});

describe("[SY19] what a function itself refuses rejects the mutation by name:", () => {
  test.each([
    ["a query called as a mutation", "shared/messages:list", { room: "control" }, "function_wrong_kind"],
    ["a scope called as a mutation", "scopes:mine", {}, "function_wrong_kind"],
    ["an error of the app", "shared/rooms:refuse", { why: "so" }, "app_error"],
    ["a key of an index that is too long", send, { room: "x".repeat(2_000), body: "b" }, "index_key_too_large"],
    ["a document that is too large", send, { room: "r", body: "x".repeat(1_048_500) }, "document_too_large"],
  ])("%s", async (_what, name, args, code) => {
    expect(await outcome(name, args)).toEqual(["rejected", code]);
  });
});

describe("[SY22] an id that is forged names nothing:", () => {
  test.each([
    ["no id at all", "x", "arguments_invalid"],
    ["the empty text", "", "arguments_invalid"],
    ["a path", "../messages/1", "arguments_invalid"],
    ["one letter short", "0".repeat(31), "arguments_invalid"],
    ["letters that ids have not", "u".repeat(32), "arguments_invalid"],
    ["of a table that there is not", makeId("nothing", randomBytes(16)), "arguments_invalid"],
    ["of another table", makeId("notes", randomBytes(16)), "arguments_invalid"],
    ["of a table of the system", makeId("_users", randomBytes(16)), "arguments_invalid"],
    ["of a document that there is not", makeId("messages", randomBytes(16)), "app_error"],
  ])("%s", async (_what, id, code) => {
    expect(await outcome("shared/messages:edit", { id, body: "forged" })).toEqual(["rejected", code]);
  });

  test.each(["shared/messages:close", "shared/messages:remove"])("%s of a document that there is not", async (name) => {
    const id = makeId("messages", randomBytes(16));
    expect(await outcome(name, { id })).toEqual(["rejected", "document_missing"]);
  });

  test("a nonce that was used before makes ids that exist: the mutation is rejected with document_exists", async () => {
    const nonce = randomHex(16);
    expect(await outcome(send, { room: "r", body: "one" }, { nonce })).toEqual(["applied", "applied"]);
    expect(await outcome(send, { room: "r", body: "two" }, { nonce })).toEqual(["rejected", "document_exists"]);
  });

  test("a device with the key and a nonce of another overwrites nothing", async () => {
    const nonce = randomHex(16);
    await device.mutate(send, { room: "r", body: "mine" }, { nonce });
    const thief = await openDevice(scene.url, { ...newProfile(), key: device.profile.key });
    expect(codeOf(await thief.mutate(send, { room: "r", body: "stolen" }, { nonce }))).toBe("document_exists");
    thief.close();
  });
});

describe("[SY18] [P11] numbers, nonces and amounts that no honest device sends end the socket by name:", () => {
  test("another nonce for a number that was applied: device_copied", async () => {
    const copied = await openDevice(scene.url);
    const { ended } = copied.socket;
    await copied.mutate("shared/rooms:join", { room: "r" });
    await expect(copied.mutate("shared/rooms:join", { room: "r" }, { n: 1 })).rejects.toThrow();
    expect(await ended).toEqual({ closeCode: 4004, errorCode: "device_copied" });
  });

  test("more mutations than may wait: too_many_pending", async () => {
    const flood = await openDevice(scene.url);
    const profile = newProfile();
    for (let push = 0; push < 3; push++) {
      const mutations = Array.from({ length: 1_000 }, () => {
        const mutation = nextMutation(profile, "shared/rooms:refuse", { why: "flood" });
        profile.n += 1;
        return mutation;
      });
      flood.socket.sendMessage({ type: "push", mutations });
    }
    expect(await flood.socket.ended).toEqual({ closeCode: 4007, errorCode: "too_many_pending" });
  });
});

describe("[SY26] [FN9] a subscription that is wrong is answered by name and ends nothing:", () => {
  const isResult =
    (query: number) =>
    (message: Received): message is ResultMessage =>
      message.type === "result" && message.query === query;
  const isError =
    (query: number) =>
    (message: Received): message is ErrorMessage =>
      message.type === "error" && message.query === query;

  test.each([
    ["an unknown query", "server:nothing", {}, "function_missing"],
    ["an internal query", "server:allMessages", { room: "control" }, "function_missing"],
    ["a query of the system", "_system/tables:listTables", {}, "function_missing"],
    ["a mutation", "server:count", { name: "x" }, "function_wrong_kind"],
    ["a scope", "scopes:mine", {}, "function_wrong_kind"],
    ["no arguments", "server:countMessages", {}, "arguments_invalid"],
    ["arguments of another type", "server:countMessages", { room: [] }, "arguments_invalid"],
    ["a field __proto__", "server:countMessages", withProto, "arguments_invalid"],
  ])("%s", async (_what, name, args, code) => {
    const query = Math.floor(Math.random() * 2 ** 40);
    device.socket.sendMessage({ type: "subscribe", query, name, args });
    expect((await device.socket.find(isResult(query))).error?.code).toBe(code);
    device.socket.sendMessage({ type: "unsubscribe", query });
    expect(device.socket.isOpen).toBe(true);
  });

  test("a number that is taken: frame_invalid", async () => {
    const query = 2 ** 41;
    for (let time = 0; time < 2; time++) {
      device.socket.sendMessage({ type: "subscribe", query, name: "server:countMessages", args: { room: "control" } });
    }
    expect(await device.socket.find(isError(query))).toMatchObject({
      isFatal: false,
      error: { code: "frame_invalid" },
    });
    expect((await device.socket.find(isResult(query))).value).toBe(3);
  });

  test("more queries than a device may have: limit_exceeded", async () => {
    const greedy = await openDevice(scene.url);
    for (let query = 0; query <= 1_000; query++) {
      greedy.socket.sendMessage({
        type: "subscribe",
        query,
        name: "server:countMessages",
        args: { room: `room ${query}` },
      });
    }
    expect(await greedy.socket.find(isError(1_000))).toMatchObject({
      isFatal: false,
      error: { code: "limit_exceeded" },
    });
    expect(codeOf(await greedy.mutate("shared/rooms:join", { room: "r" }))).toBe("applied");
    greedy.close();
  });
});

test("[SY19] after all refusals the device is where it was: its next mutation is applied", async () => {
  expect(await outcome("shared/rooms:join", { room: "r" })).toEqual(["applied", "applied"]);
  expect(device.socket.isOpen).toBe(true);
});
