import { expect, test } from "vitest";
import { chainNext, chainStart, limits, makeId } from "bothy/internal";
import { createDeviceTokens } from "../auth/device-tokens.ts";
import {
  connectDevice,
  helloOf,
  mutation,
  newDevice,
  nonceOf,
  openTestDeployment,
  settle,
  until,
} from "./test-deployment.ts";
import type { TestClient } from "./test-deployment.ts";
import { noteFunctions } from "./test-notes.ts";

function welcomeOf(client: TestClient) {
  const welcome = client.messages.find((message) => message.type === "welcome");
  if (!welcome) throw new Error(`no welcome: ${client.error}`);
  return welcome;
}

test("[SY1] what is no message of the protocol ends that socket alone, with a named error", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const bystander = await connectDevice(deployment);
  const texts = ["", "{", "[]", "null", '{"type":"pong"}', '{"type":"push","mutations":[]}', '{"type":"hello"}'];
  for (const text of texts) {
    const client = deployment.connect();
    client.sendText(text);
    await settle();
    expect([text, client.error, client.closed?.code]).toEqual([text, "frame_invalid", 1008]);
  }
  const { client } = await connectDevice(deployment);
  client.sendText(JSON.stringify(helloOf(newDevice())));
  expect(client.error).toBe("frame_invalid");
  bystander.client.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", rank: 1, body: "x" })] });
  await settle();
  expect(bystander.client.outcomes).toEqual([[1, "applied", expect.any(String)]]);
  await deployment.close();
});

test("[SY1] a frame over the limit ends the socket, counted in bytes", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const client = deployment.connect();
  client.sendText(JSON.stringify({ type: "hello", text: "é".repeat(limits.frameSizeBytes / 2) }));
  expect([client.error, client.closed?.code]).toEqual(["frame_too_large", 1009]);
  await deployment.close();
});

test("[SY1] a frame of exactly the limit is read, one of a byte more is not", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  for (const [sizeBytes, code] of [
    [limits.frameSizeBytes, "frame_invalid"],
    [limits.frameSizeBytes + 1, "frame_too_large"],
  ] as const) {
    const client = deployment.connect();
    const frame = JSON.stringify({ type: "hello", text: "" });
    client.sendText(frame.replace('""', `"${"x".repeat(sizeBytes - frame.length)}"`));
    expect(client.error).toBe(code);
  }
  await deployment.close();
});

test("[SY1] a socket without a hello ends after ten seconds", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const silent = deployment.connect();
  deployment.clock.advance(9_999);
  expect(silent.closed).toBeUndefined();
  deployment.clock.advance(1);
  expect(silent.error).toBe("frame_invalid");
  await deployment.close();
});

test("[SY1] messages that come while a hello is answered wait for it, up to a bound", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { earlyMessagesMax: 2 } });
  const early = deployment.connect();
  early.send(helloOf(newDevice()));
  early.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", rank: 1, body: "early" })] });
  await until(() => early.outcomes.length > 0);
  expect(early.messages[0]?.type).toBe("welcome");
  const flood = deployment.connect();
  flood.send(helloOf(newDevice()));
  for (let query = 0; query < 3; query++) flood.send({ type: "unsubscribe", query });
  expect(flood.error).toBe("frame_invalid");
  await deployment.close();
});

test("[SY2] another protocol is refused by name", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const protocol = deployment.connect();
  protocol.sendText('{"type":"hello","protocol":99}');
  expect([protocol.error, protocol.closed?.code]).toEqual(["protocol_unsupported", 4001]);
  await deployment.close();
});

test("[SY2] tokens that this deployment did not sign for its devices are refused", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { engine, clock } = deployment;
  const signed = (secret: Uint8Array, issuer: string) => createDeviceTokens({ secret, issuer, clock }).sign("somebody");
  const forged = await signed(new Uint8Array(32), engine.serverId);
  const foreign = await signed(new Uint8Array(32), "another");
  const claims = { iss: engine.serverId, sub: "somebody", exp: 9_999_999_999, iat: 1 };
  const encode = (json: unknown) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const unsigned = `${encode({ alg: "none", typ: "bothy-device" })}.${encode(claims)}.`;
  for (const [token, code] of [
    [forged, "unauthorized"],
    [unsigned, "unauthorized"],
    ["nonsense", "unauthorized"],
    [foreign, "token_foreign"],
  ] as const) {
    const { client } = await connectDevice(deployment, newDevice(), { token, server: engine.serverId });
    expect([token, client.error]).toEqual([token, code]);
  }
  await deployment.close();
});

test("[SY2] a device of another user, or with another key, is refused and its socket stays", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const owner = await connectDevice(deployment);
  const other = await connectDevice(deployment);
  const thief = { ...owner.device, ...(other.device.token && { token: other.device.token }), fence: 9 };
  expect((await connectDevice(deployment, thief)).client.error).toBe("device_foreign");
  const keyless = { id: owner.device.id, key: "f".repeat(64), fence: 9 };
  expect((await connectDevice(deployment, keyless)).client.error).toBe("device_foreign");
  expect(owner.client.closed).toBeUndefined();
  await deployment.close();
});

test("[SY3] a first contact makes an anonymous user with a token that proves it from then on", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { device, userId, client } = await connectDevice(deployment);
  expect(welcomeOf(client)).toMatchObject({
    server: deployment.engine.serverId,
    epoch: deployment.engine.epoch,
    schema: "schema",
    now: deployment.clock.nowMs(),
    identity: {
      subject: userId,
      issuer: deployment.engine.serverId,
      tokenIdentifier: `${deployment.engine.serverId}|${userId}`,
    },
    device: { n: 0, chain: chainStart },
  });
  expect(deployment.auth.hasUser(userId)).toBe(true);
  const again = await connectDevice(deployment, device);
  expect(again.userId).toBe(userId);
  expect(welcomeOf(again.client).token).toBeUndefined();
  const { token, ...second } = { ...newDevice(), token: device.token };
  const sameUser = await connectDevice(deployment, second, token === undefined ? {} : { token });
  expect(sameUser.userId).toBe(userId);
  await deployment.close();
});

test("[SY3] a token older than a day is replaced, and one that has expired by the key of a known device only", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { device, userId } = await connectDevice(deployment);
  const dayMs = 86_400_000;
  deployment.clock.advance(dayMs + 1_000);
  const renewed = await connectDevice(deployment, { ...device });
  expect(welcomeOf(renewed.client).token).toBeDefined();
  deployment.clock.advance(366 * dayMs);
  const expired = await connectDevice(deployment, { ...device });
  expect(expired.userId).toBe(userId);
  const stranger = await connectDevice(deployment, { ...newDevice(), ...(device.token && { token: device.token }) });
  expect(stranger.client.error).toBe("unauthorized");
  await deployment.close();
});

test("[SY3] a known device without a token, or with one of another deployment, is its own user; an unknown one a new user", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { device, userId } = await connectDevice(deployment);
  const { id, key } = device;
  expect((await connectDevice(deployment, { id, key, fence: 1 })).userId).toBe(userId);
  const tokens = createDeviceTokens({ secret: new Uint8Array(32), issuer: "another", clock: deployment.clock });
  const token = await tokens.sign("somebody");
  const known = await connectDevice(deployment, { id, key, fence: 2, token }, { server: "another" });
  expect(known.userId).toBe(userId);
  const unknown = await connectDevice(deployment, { ...newDevice(), token }, { server: "another" });
  expect(unknown.client.error).toBeUndefined();
  expect(unknown.userId).not.toBe(userId);
  await deployment.close();
});

test("[SY3] a user whom a restored deployment has forgotten comes back under the same id", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const userId = makeId("_users", new Uint8Array(16));
  const token = await deployment.auth.signToken(userId);
  const { userId: welcomed } = await connectDevice(deployment, { ...newDevice(), token });
  expect(welcomed).toBe(userId);
  expect(deployment.auth.hasUser(userId)).toBe(true);
  await deployment.close();
});

test("[SY4] a hello with at least the same fence replaces the device's socket, of which nothing is processed any more", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client: old, device } = await connectDevice(deployment);
  const { client: next } = await connectDevice(deployment, { ...device, fence: 0 });
  expect([old.error, old.closed?.code]).toEqual(["device_replaced", 4005]);
  old.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", rank: 1, body: "late" })] });
  await settle();
  expect(deployment.pool.calls).not.toContain("put");
  const { client: lower } = await connectDevice(deployment, { ...device, fence: 5 });
  expect(next.error).toBe("device_replaced");
  const refused = await connectDevice(deployment, { ...device, fence: 4 });
  expect(refused.client.error).toBe("device_replaced");
  expect(lower.closed).toBeUndefined();
  await deployment.close();
});

test("[SY4] a mutation that is under way when its socket is replaced is in the record that the next one is welcomed with", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client: old, device } = await connectDevice(deployment);
  deployment.pool.hold("put");
  old.send({ type: "push", mutations: [1, 2].map((n) => mutation(n, "put", { room: "lobby", rank: n, body: "x" })) });
  await settle();
  const client = deployment.connect();
  client.send(helloOf(device));
  await until(() => old.closed !== undefined);
  await settle();
  expect(client.messages).toEqual([]);
  deployment.pool.release("put");
  await until(() => client.messages.length > 0);
  const chain = chainNext(chainStart, nonceOf("nonce 1"));
  expect(welcomeOf(client).device).toEqual({ n: 1, chain });
  client.send({
    type: "push",
    mutations: [2, 3].map((n) => mutation(n, "put", { room: "lobby", rank: n, body: "x" })),
  });
  await until(() => client.outcomes.length >= 2);
  expect(deployment.pool.calls.filter((name) => name === "put")).toHaveLength(3);
  await deployment.close();
});

test("[SY4] two sockets of an unknown device that say hello at the same time become one user", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const device = newDevice();
  const [a, b] = [deployment.connect(), deployment.connect()];
  a.send(helloOf(device));
  b.send(helloOf(device));
  await until(() => b.pokes.length > 0);
  expect(a.error).toBe("device_replaced");
  expect(welcomeOf(a).identity.subject).toBe(welcomeOf(b).identity.subject);
  await deployment.close();
});

test("[SY14] a welcome waits until the record that it tells is durable", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client: old, device } = await connectDevice(deployment);
  let sync = (): void => undefined;
  deployment.disk.before = ({ kind }) =>
    kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined;
  old.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", rank: 1, body: "x" })] });
  await settle();
  const client = deployment.connect();
  client.send(helloOf(device));
  await until(() => old.closed !== undefined);
  await settle();
  expect(client.messages).toEqual([]);
  deployment.disk.before = () => undefined;
  sync();
  await until(() => client.messages.length > 0);
  expect(welcomeOf(client).device.n).toBe(1);
  await deployment.close();
});

test("[SY5] a silent client is asked every 20 s, and its socket ends after 60 s", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  deployment.clock.advance(2_000);
  client.take();
  for (let i = 0; i < 5; i++) {
    deployment.clock.advance(20_000);
    await settle();
    expect(client.take()).toEqual([{ type: "ping" }]);
    client.send({ type: "pong" });
  }
  deployment.clock.advance(59_999);
  expect(client.closed).toBeUndefined();
  deployment.clock.advance(20_000);
  expect(client.closed?.code).toBe(4006);
  expect(deployment.sync.counts()).toMatchObject({ sockets: 0, devices: 0, ranges: 0 });
  await deployment.close();
});

test("a device that goes away leaves nothing behind, and one too many is told to come later", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { socketsMax: 1 } });
  const timersBefore = deployment.clock.pendingCount;
  const { client } = await connectDevice(deployment);
  expect(deployment.sync.counts()).toEqual({ sockets: 1, devices: 1, ranges: 2 });
  const refused = deployment.connect();
  expect([refused.error, refused.closed?.code]).toEqual(["overloaded", 1013]);
  client.disconnect();
  await settle();
  expect(deployment.sync.counts()).toEqual({ sockets: 0, devices: 0, ranges: 0 });
  expect(deployment.live.counts()).toEqual({ computations: 0, readRanges: 0 });
  // What the device said of itself is written a moment later.
  expect(deployment.clock.pendingCount).toBeLessThanOrEqual(timersBefore + 1);
  await deployment.close();
  const late = deployment.connect();
  expect(late.error).toBe("shutting_down");
});

test("[CL31] who comes with the key of a device before is its user, and is told how far that one got; with another key not", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const old = await connectDevice(deployment);
  old.client.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", rank: 1, body: "x" })] });
  await until(() => old.client.outcomes.length === 1);
  const after = async (key: string) => {
    const { id } = newDevice();
    const device = { id, key, fence: 1, start: 0, startChain: chainStart, previous: old.device.id };
    const { client, userId } = await connectDevice(deployment, newDevice(), { device });
    return [welcomeOf(client).previousN, userId === old.userId];
  };
  expect(await after(old.device.key)).toEqual([1, true]);
  expect(await after("f".repeat(64))).toEqual([undefined, false]);
  await deployment.close();
});
