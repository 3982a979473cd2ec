import { createHmac, generateKeyPairSync, sign as signBytes } from "node:crypto";
import type { Hello } from "bothy/internal";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { helloOf, newProfile, openDevice, randomHex } from "../raw-device.ts";
import type { RawProfile } from "../raw-device.ts";
import { openSocket } from "../raw-socket.ts";
import type { SocketEnd } from "../raw-socket.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let scene: Scene;
let other: Deployment;
/** A device of this deployment that has gone home, and one that was made at another. */
let victim: RawProfile;
let stranger: RawProfile;
beforeAll(async () => {
  [scene, other] = await Promise.all([openScene(), startDeployment()]);
  victim = await visit(scene.url);
  stranger = await visit(other.url);
});
afterEach(() => scene.expectPeace());
afterAll(() => Promise.all([scene.close(), other.stop()]));

async function visit(url: string): Promise<RawProfile> {
  const device = await openDevice(url);
  await device.mutate("shared/rooms:join", { room: "r" });
  device.close();
  await device.socket.ended;
  return device.profile;
}

/** Says hello and tells how the socket ended. */
async function refusal(hello: Hello): Promise<SocketEnd> {
  const socket = await openSocket(scene.url);
  socket.sendMessage(hello);
  return socket.ended;
}

/** Says hello and tells as whom the deployment takes it. */
async function welcomedAs(profile: RawProfile, changes: Partial<Hello> = {}): Promise<string> {
  const device = await openDevice(scene.url, profile, changes);
  device.close();
  await device.socket.ended;
  return device.welcome.identity.subject;
}

const deviceForeign = { closeCode: 4003, errorCode: "device_foreign" };
const unauthorized = { closeCode: 4003, errorCode: "unauthorized" };
const tokenForeign = { closeCode: 4003, errorCode: "token_foreign" };

describe("[SY2] a device that is another's is refused with device_foreign:", () => {
  test.each<[string, (hello: Hello) => Hello]>([
    ["its id with another key", ({ token: _token, ...hello }) => hello],
    ["its id with another key and its token", (hello) => hello],
    [
      "its id with a key that differs in one digit",
      (hello) => ({ ...hello, device: { ...hello.device, key: flipped(victim.key) } }),
    ],
    [
      "its id and the highest fence",
      (hello) => ({ ...hello, device: { ...hello.device, fence: Number.MAX_SAFE_INTEGER } }),
    ],
  ])("%s", async (_what, change) => {
    const hello = helloOf({ ...victim, key: randomHex(32) });
    expect(await refusal(change(hello))).toEqual(deviceForeign);
  });

  test("its id and its key with the token of another user", async () => {
    const thief = await visit(scene.url);
    expect(await refusal(helloOf({ ...victim, token: thief.token ?? "" }))).toEqual(deviceForeign);
  });

  test("a connected device is not disturbed by who has only its id", async () => {
    const { id } = scene.bystander.profile;
    expect(await refusal(helloOf({ ...newProfile(), id, fence: 1_000 }))).toEqual(deviceForeign);
    expect(scene.bystander.socket.isOpen).toBe(true);
  });

  test("the id of another as the one before brings nobody's identity", async () => {
    const hello = helloOf(newProfile());
    const subject = await welcomedAs(newProfile(), { device: { ...hello.device, previous: victim.id } });
    expect(subject).not.toBe(subjectOf(victim));
  });
});

describe("[SY4] a device that has another socket already", () => {
  test("is refused with device_replaced if its fence is lower", async () => {
    const device = await openDevice(scene.url, { ...newProfile(), fence: 10 });
    expect(await refusal(helloOf({ ...device.profile, fence: 3 }))).toEqual({
      closeCode: 4005,
      errorCode: "device_replaced",
    });
    expect(device.socket.isOpen).toBe(true);
    device.close();
  });
});

describe("[SY2] [SY3] a token of another deployment", () => {
  test("is refused with token_foreign where the device is unknown", async () => {
    const hello = helloOf({ ...newProfile(), token: stranger.token ?? "" });
    expect(await refusal(hello)).toEqual(tokenForeign);
  });

  test("is replaced where the device says that it comes from there: a new user", async () => {
    const { ended } = await knock(helloOf({ ...stranger, n: 0, acked: 0, fence: 5 }));
    expect(ended).toBe("welcome");
  });

  test("is replaced where the device is known: its own user, whomever the token names", async () => {
    const profile = await visit(scene.url);
    const before = subjectOf(profile);
    expect(await welcomedAs({ ...profile, token: stranger.token ?? "" })).toBe(before);
  });
});

describe("[S8] [SY2] a token that nobody here signed is refused with unauthorized:", () => {
  test.each<[string, (token: string) => string]>([
    ["no token at all", () => "token"],
    ["the empty text", () => ""],
    ["three dots", () => "..."],
    ["JSON", () => '{"sub":"admin"}'],
    ["the algorithm none", (token) => `${encode({ alg: "none", typ: "bothy-device" })}.${payloadOf(token)}.`],
    ["the algorithm None with its signature", (token) => withHeader(token, { alg: "None", typ: "bothy-device" })],
    ["no signature", (token) => token.slice(0, token.lastIndexOf(".") + 1)],
    [
      "a signature with one digit changed",
      (token) => `${token.slice(0, -3)}${token.at(-3) === "A" ? "B" : "A"}${token.slice(-2)}`,
    ],
    ["another user in it", (token) => withPayload(token, { sub: subjectOf(scene.bystander.profile) })],
    ["a later end in it", (token) => withPayload(token, { exp: 9_999_999_999 })],
    ["no issuer in it", (token) => withPayload(token, { iss: undefined })],
    ["signed with the empty key", (token) => signed(token, "HS256", "")],
    ["signed with the name of the deployment", (token) => signed(token, "HS256", scene.bystander.welcome.server)],
    ["signed with the admin key", (token) => signed(token, "HS256", scene.adminKey)],
    ["signed with the device's key", (token) => signed(token, "HS256", victim.key)],
    ["signed with HS512", (token) => signed(token, "HS512", "key")],
    ["signed with a key of its own in the header", (token) => selfSigned(token)],
    ["another type", (token) => withHeader(token, { alg: "HS256", typ: "JWT" })],
    ["a key by path", (token) => withHeader(token, { alg: "HS256", typ: "bothy-device", kid: "../../../dev/null" })],
    [
      "a critical header",
      (token) => withHeader(token, { alg: "HS256", typ: "bothy-device", crit: ["b64"], b64: false }),
    ],
  ])("%s", async (_what, forge) => {
    const token = forge(victim.token ?? "");
    expect(await refusal(helloOf({ ...newProfile(), token }))).toEqual(unauthorized);
    // The key of a known device is no reason to overlook it.
    expect(await refusal(helloOf({ ...victim, token }))).toEqual(unauthorized);
  });

  test("the token itself is good", async () => {
    expect(await welcomedAs(newProfile(), { token: victim.token ?? "" })).toBe(subjectOf(victim));
  });
});

/** The first thing that a deployment says to a hello. */
async function knock(hello: Hello): Promise<{ readonly ended: string }> {
  const socket = await openSocket(scene.url);
  socket.sendMessage(hello);
  const first = await socket.find(
    (message): message is typeof message => message.type === "welcome" || message.type === "error",
  );
  socket.close();
  return { ended: first.type };
}

function flipped(key: string): string {
  return `${key.startsWith("0") ? "1" : "0"}${key.slice(1)}`;
}

function encode(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}

function partsOf(token: string): readonly [header: string, payload: string, signature: string] {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return [header, payload, signature];
}

function payloadOf(token: string): string {
  return partsOf(token)[1];
}

function claimsOf(token: string): { readonly [claim: string]: unknown } {
  return JSON.parse(Buffer.from(payloadOf(token), "base64url").toString());
}

function subjectOf({ token = "" }: RawProfile): string {
  return String(claimsOf(token)["sub"]);
}

function withHeader(token: string, header: object): string {
  const [, payload, signature] = partsOf(token);
  return `${encode(header)}.${payload}.${signature}`;
}

function withPayload(token: string, claims: object): string {
  const [header, , signature] = partsOf(token);
  return `${header}.${encode({ ...claimsOf(token), ...claims })}.${signature}`;
}

function signed(token: string, algorithm: "HS256" | "HS512", key: string): string {
  const text = `${encode({ alg: algorithm, typ: "bothy-device" })}.${payloadOf(token)}`;
  return `${text}.${createHmac(algorithm.replace("HS", "sha"), key).update(text).digest("base64url")}`;
}

/** Signed with a pair of keys of which the public one stands in the header. */
function selfSigned(token: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const text = `${encode({ alg: "EdDSA", typ: "bothy-device", jwk: publicKey.export({ format: "jwk" }) })}.${payloadOf(token)}`;
  return `${text}.${signBytes(null, Buffer.from(text), privateKey).toString("base64url")}`;
}
