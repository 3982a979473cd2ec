import { createHmac } from "node:crypto";
import { BothyError } from "bothy/internal";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { MemoryDisk, World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import { verifyAdminKey } from "./admin-key.ts";
import { createDeviceTokens } from "./device-tokens.ts";
import { openAuth, readAdminKey, usersTable, withSystemTables } from "./index.ts";

const dayMs = 86_400_000;
const secret = new Uint8Array(32).fill(7);

function openTokens() {
  const clock = createManualClock();
  return { clock, tokens: createDeviceTokens({ secret, issuer: "here", clock }) };
}

function createWorld(disk: MemoryDisk, seed = 1): World {
  const nothing = (): never => {
    throw new BothyError("internal", { message: "a test has no network and no processes" });
  };
  return {
    clock: createManualClock(),
    disk,
    random: createSeededRandom(seed),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    die: nothing,
  };
}

async function open(disk = createMemoryDisk(), seed = 1) {
  const world = createWorld(disk, seed);
  const engine = await openEngine({
    world,
    folder: "/folder",
    schema: withSystemTables({ tables: {} }),
    store: "memory",
  });
  return { world, engine, auth: await openAuth({ world, engine, folder: "/folder" }) };
}

test("a token proves its user to the deployment that signed it, for a year, and asks to be renewed after a day", async () => {
  const { clock, tokens } = openTokens();
  const token = await tokens.sign("u1");
  expect(await tokens.verify(token)).toEqual({ kind: "valid", userId: "u1", isRenewalDue: false });
  clock.advance(dayMs + 1_000);
  expect(await tokens.verify(token)).toEqual({ kind: "valid", userId: "u1", isRenewalDue: true });
  clock.advance(364 * dayMs);
  expect(await tokens.verify(token)).toEqual({ kind: "expired", userId: "u1" });
});

test("a token of another deployment is foreign, whatever else is wrong with it", async () => {
  const { clock, tokens } = openTokens();
  const others = createDeviceTokens({ secret, issuer: "there", clock });
  expect(await tokens.verify(await others.sign("u1"))).toEqual({ kind: "foreign" });
  const unsigned = `${encode({ alg: "none" })}.${encode({ iss: "there" })}.`;
  expect(await tokens.verify(unsigned)).toEqual({ kind: "foreign" });
});

function encode(json: unknown): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}

test("forged tokens are invalid: another key, algorithm, type or claims", async () => {
  const { clock, tokens } = openTokens();
  const genuine = await tokens.sign("u1");
  const [header = "", claims = "", signature = ""] = genuine.split(".");
  const now = Math.floor(clock.nowMs() / 1_000);
  const all = { iss: "here", sub: "u1", iat: now, exp: now + 100 };
  const signed = (content: Record<string, unknown>, protectedHeader: Record<string, string>, key: Uint8Array) =>
    new SignJWT(content).setProtectedHeader({ alg: "HS256", ...protectedHeader }).sign(key);
  const forged = [
    "",
    "a.b.c",
    genuine.slice(0, -2),
    `${header}.${claims}.`,
    `${encode({ alg: "none", typ: "bothy-device" })}.${claims}.`,
    `${encode({ alg: "none", typ: "bothy-device" })}.${claims}.${signature}`,
    `${header}.${encode({ ...all, sub: "u2" })}.${signature}`,
    await createDeviceTokens({ secret: new Uint8Array(32), issuer: "here", clock }).sign("u1"),
    // The secret itself is not the key, and other secrets are none.
    await signed(all, { typ: "bothy-device" }, secret),
    await signed(all, { typ: "bothy-device" }, new TextEncoder().encode("secret")),
    `${encode({ alg: "HS256", typ: "bothy-device", kid: "../../etc/passwd", jwk: { kty: "oct", k: "AA" } })}.${claims}.${signature}`,
  ];
  for (const token of forged) expect([token, (await tokens.verify(token)).kind]).toEqual([token, "invalid"]);
});

test("a token signed with the right key for something else is no device token", async () => {
  const { clock, tokens } = openTokens();
  const key = new Uint8Array(createHmac("sha256", secret).update("bothy device token\u0001").digest());
  const now = Math.floor(clock.nowMs() / 1_000);
  const all = { iss: "here", sub: "u1", iat: now, exp: now + 100 };
  const sign = (content: Record<string, unknown>, header: { alg: string; typ?: string }) =>
    new SignJWT(content).setProtectedHeader(header).sign(key);
  const header = { alg: "HS256", typ: "bothy-device" };
  expect((await tokens.verify(await sign(all, header))).kind).toBe("valid");
  const { sub: _sub, ...withoutSubject } = all;
  const { exp: _exp, ...withoutEnd } = all;
  for (const token of [
    await sign(all, { alg: "HS256" }),
    await sign(all, { alg: "HS256", typ: "at+jwt" }),
    await sign(all, { alg: "HS512", typ: "bothy-device" }),
    await sign(withoutSubject, header),
    await sign(withoutEnd, header),
    await sign({ ...all, sub: "" }, header),
    await sign({ ...all, nbf: now + 50 }, header),
  ]) {
    expect((await tokens.verify(token)).kind).toBe("invalid");
  }
});

test("an anonymous user is a document of the system table, with the records of the same commit", async () => {
  const { auth, engine } = await open();
  const id = await auth.createAnonymousUser({ records: [{ key: ["device", "d"], text: "{}" }] });
  expect(auth.hasUser(id)).toBe(true);
  expect(auth.hasUser("nobody")).toBe(false);
  expect([engine.readRecord(["device", "d"]), engine.durableVersion]).toEqual(["{}", engine.version]);
  expect(auth.identityOf(id)).toEqual({
    tokenIdentifier: `${engine.serverId}|${id}`,
    issuer: engine.serverId,
    subject: id,
  });
  expect(Object.keys(engine.schema.tables)).toContain(usersTable);
});

test("the first start writes an admin key for the owner alone; later ones keep it", async () => {
  const disk = createMemoryDisk();
  const modes: (number | undefined)[] = [];
  const writeAtomic = disk.writeAtomic.bind(disk);
  Object.assign(disk, {
    writeAtomic: (path: string, bytes: Uint8Array, mode?: number) => {
      if (path.endsWith("admin-key")) modes.push(mode);
      return writeAtomic(path, bytes, mode);
    },
  });
  const first = await open(disk);
  const key = await readAdminKey(disk, "/folder");
  expect(key).toMatch(/^bothy_[0-9a-f]{64}$/);
  await first.engine.close();
  const second = await open(disk, 2);
  expect([await readAdminKey(disk, "/folder"), modes]).toEqual([key, [0o600]]);
  expect(second.auth.isAdminKey(key ?? "")).toBe(true);
});

test("no other key is the admin key, and the key itself is stored nowhere but in its file", async () => {
  const disk = createMemoryDisk();
  const { auth, engine } = await open(disk);
  const key = (await readAdminKey(disk, "/folder")) ?? "";
  for (const wrong of [
    "",
    "bothy_",
    key.slice(1),
    `${key} `,
    key.toUpperCase(),
    `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`,
  ]) {
    expect([wrong, auth.isAdminKey(wrong)]).toEqual([wrong, false]);
  }
  expect(engine.readRecord(["adminKey"])).not.toContain(key.slice(6));
});

test("a key file that was removed means a new key, and the old one is worth nothing", async () => {
  const disk = createMemoryDisk();
  const first = await open(disk);
  const old = (await readAdminKey(disk, "/folder")) ?? "";
  await first.engine.close();
  await disk.remove("/folder/admin-key");
  const { auth } = await open(disk, 2);
  const key = (await readAdminKey(disk, "/folder")) ?? "";
  expect([auth.isAdminKey(old), auth.isAdminKey(key)]).toEqual([false, true]);
});

test("a deployment without a stored key has no admin", async () => {
  expect(verifyAdminKey({ readRecord: () => undefined }, "")).toBe(false);
});

test("a forgotten user comes back once, also by two devices at the same time", async () => {
  const first = await open();
  const id = await first.auth.createAnonymousUser({});
  const { auth } = await open(createMemoryDisk(), 2);
  expect(auth.hasUser(id)).toBe(false);
  expect(await Promise.all([auth.createAnonymousUser({ id }), auth.createAnonymousUser({ id })])).toEqual([id, id]);
  expect(await auth.createAnonymousUser({ id })).toBe(id);
  expect(auth.hasUser(id)).toBe(true);
});
