import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { helloOf, newProfile, nextMutation, openDevice } from "../raw-device.ts";
import { openSocket } from "../raw-socket.ts";
import { openRawConnection, textFrame } from "./raw-frames.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.expectPeace());
afterAll(() => scene.close());

const hello = (): object => helloOf(newProfile());
const withDevice = (changes: object): object => ({
  ...hello(),
  device: { ...helloOf(newProfile()).device, ...changes },
});
const withMutation = (changes: object): object => ({
  type: "push",
  mutations: [{ ...nextMutation(newProfile(), "shared/rooms:join", { room: "r" }), ...changes }],
});
const text = (message: object): string => JSON.stringify(message);
const deepJson = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

/** What may be wrong with a message at any time. */
const malformed: Readonly<Record<string, string | Uint8Array>> = {
  "an empty frame": "",
  "no JSON": "hello?",
  "half a message": text(hello()).slice(0, 80),
  "two messages in one frame": `${text(hello())}\n${text(hello())}`,
  "a JSON array": text([hello()]),
  "a JSON string": '"hello"',
  "a number": "42",
  null: "null",
  "an object without a type": "{}",
  "an unknown type": '{"type":"welcome"}',
  "a type that is a method of every object": '{"type":"constructor"}',
  "a type that is no text": '{"type":["hello"]}',
  "nothing but brackets": deepJson,
  "a pong with something in it": '{"type":"pong","at":1}',
  "an unsubscribe from half a query": '{"type":"unsubscribe","query":0.5}',
  "a subscribe without arguments": '{"type":"subscribe","query":1,"name":"server:countMessages"}',
  "arguments that are nested without end": `{"type":"subscribe","query":1,"name":"q","args":${deepJson}}`,
  "a push of no list": '{"type":"push","mutations":{"length":1}}',
  "a push of what is no mutation": '{"type":"push","mutations":[null]}',
  "a mutation with the number 0": text(withMutation({ n: 0 })),
  "a mutation with a number beyond all numbers": text(withMutation({ n: 2 ** 53 })),
  "a mutation with a short nonce": text(withMutation({ nonce: "ab" })),
  "a mutation with a nonce in capitals": text(withMutation({ nonce: "AB".repeat(16) })),
  "a mutation whose name is no text": text(withMutation({ name: { toString: "x" } })),
  "a mutation with a name of 600 characters": text(withMutation({ name: "x".repeat(600) })),
  "a mutation whose time is no number": text(withMutation({ time: "now" })),
  "a mutation with an unknown field": text(withMutation({ identity: "admin" })),
  "a mutation with a __proto__": text(withMutation({})).replace('"n":1', '"n":1,"__proto__":{"again":true}'),
  "a message with a __proto__ that says what it is": '{"__proto__":{"type":"pong"}}',
  "a message with a __proto__": '{"type":"pong","__proto__":{"isAdmin":true}}',
  "more mutations than a push may have": text({
    type: "push",
    mutations: Array.from({ length: 1_001 }, () => nextMutation(newProfile(), "shared/rooms:join", { room: "r" })),
  }),
  "a binary frame": new TextEncoder().encode(text(hello())),
  "a binary frame of noise": new Uint8Array(1_000).fill(255),
};

/** What may be wrong with a hello. */
const malformedHellos: Readonly<Record<string, object>> = {
  "without a device": { ...hello(), device: undefined },
  "with a device that is a list": { ...hello(), device: [] },
  "with a device id that is a path": withDevice({ id: "../../../../../../../../etc/passwd" }),
  "with a device id of other letters": withDevice({ id: "z".repeat(32) }),
  "with a device id that is too long": withDevice({ id: "a".repeat(33) }),
  "with a short key": withDevice({ key: "a".repeat(63) }),
  "with a fence below zero": withDevice({ fence: -1 }),
  "with a fence that is a text": withDevice({ fence: "1" }),
  "with a start that is no number": withDevice({ start: null }),
  "with a previous device that is none": withDevice({ previous: "" }),
  "with a user of its own choice": { ...hello(), userId: "somebody" },
  "with a token that is an object": { ...hello(), token: { alg: "none" } },
  "with a token without end": { ...hello(), token: "x".repeat(9_000) },
  "with a cursor that is a text": { ...hello(), cursor: "x" },
  "with a cursor of negative version": { ...hello(), cursor: { seal: "x", version: -1, ranges: [] } },
  "with a cursor whose range has no tag": { ...hello(), cursor: { seal: "x", version: 1, ranges: [[null, null]] } },
  "with a cursor whose range is a triple": {
    ...hello(),
    cursor: { seal: "x", version: 1, ranges: [["0".repeat(16), null, 1]] },
  },
  "with a protocol that is a text": { ...hello(), protocol: "1" },
};

const invalid = { closeCode: 1008, errorCode: "frame_invalid" };

describe("[SY1] [P11] a first message that is wrong ends its own socket with frame_invalid:", () => {
  test.each(Object.entries(malformed))("%s", async (_what, frame) => {
    const socket = await openSocket(scene.url);
    socket.send(frame);
    expect(await socket.ended).toEqual(invalid);
  });

  test.each(Object.entries(malformedHellos))("a hello %s", async (_what, message) => {
    const socket = await openSocket(scene.url);
    socket.sendMessage(message);
    expect(await socket.ended).toEqual(invalid);
  });

  test.each(["push", "subscribe", "unsubscribe", "pong"])("a %s before the hello", async (type) => {
    const wellFormed: Readonly<Record<string, object>> = {
      push: withMutation({}),
      subscribe: { type: "subscribe", query: 1, name: "server:countMessages", args: { room: "control" } },
      unsubscribe: { type: "unsubscribe", query: 1 },
      pong: { type: "pong" },
    };
    const socket = await openSocket(scene.url);
    socket.sendMessage(wellFormed[type]);
    expect(await socket.ended).toEqual(invalid);
  });
});

describe("[SY1] [P11] a message of a connected device that is wrong ends its own socket with frame_invalid:", () => {
  test.each(Object.entries(malformed))("%s", async (_what, frame) => {
    const device = await openDevice(scene.url);
    device.socket.send(frame);
    expect(await device.socket.ended).toEqual(invalid);
  });

  test("a second hello", async () => {
    const device = await openDevice(scene.url);
    device.socket.sendMessage(helloOf(device.profile));
    expect(await device.socket.ended).toEqual(invalid);
  });

  test("[SY18] a mutation that leaves numbers out", async () => {
    const device = await openDevice(scene.url);
    const ended = device.socket.ended;
    await expect(device.mutate("shared/rooms:join", { room: "r" }, { n: 7 })).rejects.toThrow();
    expect(await ended).toEqual(invalid);
  });
});

describe("[SY1] [SY2] a hello that does not fit the deployment is refused by name:", () => {
  test.each([
    ["of another protocol", { protocol: 2 }, { closeCode: 4001, errorCode: "protocol_unsupported" }],
    [
      "of another protocol in another form",
      { protocol: 99, device: "new form" },
      { closeCode: 4001, errorCode: "protocol_unsupported" },
    ],
  ])("%s", async (_what, changes, end) => {
    const socket = await openSocket(scene.url);
    socket.sendMessage({ ...hello(), ...changes });
    expect(await socket.ended).toEqual(end);
  });
});

describe("[SY1] [S12] a frame over 2 MiB ends its own socket with frame_too_large:", () => {
  const mebibyte = 1_048_576;

  test.each([
    ["one byte too long", "x".repeat(2 * mebibyte + 1)],
    ["too long in bytes, not in characters", "é".repeat(mebibyte + 1)],
    ["a hello with 2 MiB behind it", `${text(hello())}${" ".repeat(2 * mebibyte)}`],
  ])("%s", async (_what, frame) => {
    const socket = await openSocket(scene.url);
    socket.send(frame);
    expect(await socket.ended).toEqual({ closeCode: 1009, errorCode: "frame_too_large" });
  });

  test("one of 64 MiB is not even read: the close code alone says so", async () => {
    const socket = await openSocket(scene.url);
    socket.send("x".repeat(64 * mebibyte));
    expect(await socket.ended).toEqual({ closeCode: 1009, errorCode: undefined });
  });

  test("of a connected device", async () => {
    const device = await openDevice(scene.url);
    device.socket.send("x".repeat(3 * mebibyte));
    expect(await device.socket.ended).toEqual({ closeCode: 1009, errorCode: "frame_too_large" });
  });

  test("a frame of 2 MiB is taken, and answered for what it says", async () => {
    const socket = await openSocket(scene.url);
    socket.send("x".repeat(2 * mebibyte));
    expect(await socket.ended).toEqual(invalid);
  });
});

describe("[S12] frames that WebSocket itself forbids end their own socket with its code:", () => {
  const payload = Buffer.from('{"type":"pong"}');

  test.each([
    ["text that is no UTF-8", textFrame(Buffer.from([0xc3, 0x28, 0xff])), 1007],
    ["a frame without a mask", Buffer.concat([Buffer.from([0x81, payload.length]), payload]), 1002],
    ["a frame with a reserved bit", textFrame(payload, { firstByte: 0xc1 }), 1002],
    ["a frame of unknown kind", textFrame(payload, { firstByte: 0x83 }), 1002],
    ["a continuation of nothing", textFrame(payload, { firstByte: 0x80 }), 1002],
    ["a ping of 126 bytes", textFrame(Buffer.alloc(126), { firstByte: 0x89 }), 1002],
    ["a ping in pieces", textFrame(payload, { firstByte: 0x09 }), 1002],
    ["a close frame with half a code", textFrame(Buffer.from([3]), { firstByte: 0x88 }), 1002],
    ["a frame that says it has 2^63 bytes", Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
  ])("%s", async (_what, frame, closeCode) => {
    const connection = await openRawConnection(scene.url);
    connection.write(frame);
    expect(await connection.closeCode).toBe(closeCode);
  });

  test("a message in more pieces than memory may hold ends with 1009", async () => {
    const connection = await openRawConnection(scene.url);
    const piece = Buffer.alloc(512 * 1_024, "x");
    connection.write(textFrame(piece, { firstByte: 0x01 }));
    for (let sent = 0; sent < 16; sent++) connection.write(textFrame(piece, { firstByte: 0x00 }));
    expect(await connection.closeCode).toBe(1009);
  });
});

test("[P11] after all of that, objects of the server have no new fields", async () => {
  const { value } = await scene.call("server:allMessages", { room: "nobody's" });
  expect(value).toEqual([]);
  const device = await openDevice(scene.url);
  expect(await device.mutate("shared/rooms:join", { room: "r" })).toEqual([1, "applied", null]);
  device.close();
});
