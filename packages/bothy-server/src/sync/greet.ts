import type { Hello, Version, Welcome } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Auth } from "../auth/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Skew } from "../skew/index.ts";
import type { CursorSealer } from "./cursor-seal.ts";
import type { HeldCursor } from "./device-ranges.ts";
import { hashDeviceKey, newDeviceRecord, planFamily, readDevice, writeOfDevice } from "./device-record.ts";
import type { DeviceRecord } from "./device-record.ts";
import { judgeCursor } from "./judge-cursor.ts";
import { planGreeting } from "./plan-greeting.ts";
import type { GreetingPlan } from "./plan-greeting.ts";
import type { SessionDevice } from "./session.ts";
import type { SyncFigures } from "./sync-figures.ts";

export interface GreetingParts {
  readonly world: World;
  readonly engine: Engine;
  readonly auth: Auth;
  readonly skew: Skew;
  readonly sealer: CursorSealer;
  readonly figures: SyncFigures;
  readonly isDev?: boolean;
}

export type Acceptance = Extract<GreetingPlan, { readonly kind: "welcome" }>;

/** Judges a hello; changes nothing. */
export async function judgeHello(parts: GreetingParts, hello: Hello): Promise<GreetingPlan> {
  const { auth, engine, skew } = parts;
  const token = hello.token === undefined ? undefined : await auth.verifyToken(hello.token);
  const { id, previous } = hello.device;
  return planGreeting({
    hello,
    serverId: engine.serverId,
    schema: skew.judge(hello.schema),
    token,
    record: readDevice(engine, id),
    previous: previous === undefined ? undefined : readDevice(engine, previous),
  });
}

/** Carries an accepted hello out: user and record exist durably, and lost history has opened a new epoch, before anything is told. */
export async function acceptHello(
  parts: GreetingParts,
  hello: Hello,
  accepted: Acceptance,
): Promise<{ readonly device: SessionDevice; readonly welcome: Welcome }> {
  const { engine, auth, world, skew } = parts;
  const { userId, record } = await openDevice(parts, hello, accepted);
  const cursor = await openCursor(parts, hello, userId);
  const token = accepted.needsToken ? await auth.signToken(userId) : undefined;
  const { id, key } = hello.device;
  const identity = auth.identityOf(userId);
  const { schema } = accepted;
  const terms = schema.kind === "reached" ? schema.terms : undefined;
  // What is told of record and epoch may have been committed a moment ago by the socket before this one, or another.
  const { epoch } = engine;
  await engine.whenDurable(engine.version);
  return {
    device: {
      id,
      key,
      identity,
      record,
      acked: hello.acked,
      epoch,
      cursor,
      holds: hello.holds ?? [],
      terms,
    },
    welcome: {
      type: "welcome",
      server: engine.serverId,
      epoch,
      schema: skew.schemaHash,
      now: world.clock.nowMs(),
      identity,
      ...(token === undefined ? {} : { token }),
      ...previousNumber(engine, hello),
      device: { n: record.n, chain: record.chain },
      ...(schema.kind === "ahead" ? { behind: true } : {}),
      ...(parts.isDev === true ? { dev: true } : {}),
    },
  };
}

async function openDevice(
  { engine, auth }: GreetingParts,
  hello: Hello,
  accepted: Acceptance,
): Promise<{ readonly userId: string; readonly record: DeviceRecord }> {
  const { device } = hello;
  const known = readDevice(engine, device.id);
  const userId = accepted.userId ?? known?.userId;
  if (userId === undefined || !auth.hasUser(userId)) {
    const created = await auth.createAnonymousUser(userId === undefined ? {} : { id: userId });
    return { userId: created, record: known ?? (await keepDevice(engine, hello, created)) };
  }
  return { userId, record: known ?? (await keepDevice(engine, hello, userId)) };
}

/** Keeps a record for a device that is new here. */
async function keepDevice(engine: Engine, { device }: Hello, userId: string): Promise<DeviceRecord> {
  const { previous } = device;
  const { family, learns } = planFamily(device, previous === undefined ? undefined : readDevice(engine, previous));
  const record = newDeviceRecord(device, userId, family);
  const records = [writeOfDevice(device.id, record)];
  // A socket of the other copy ends with its next mutation, and comes back knowing.
  if (previous !== undefined && learns) records.push(writeOfDevice(previous, learns));
  const outcome = engine.commit({ snapshot: engine.version, reads: [], writes: [], records });
  if (outcome.kind === "committed") await engine.whenDurable(outcome.version);
  return record;
}

/** How far the device got that this one was before; only its own key is told. */
function previousNumber(engine: Engine, { device }: Hello): { readonly previousN?: number } {
  const previous = device.previous === undefined ? undefined : readDevice(engine, device.previous);
  return previous?.keyHash === hashDeviceKey(device.key) ? { previousN: previous.n } : {};
}

/** What the device proves to hold; undefined: everything is sent whole. */
async function openCursor(parts: GreetingParts, hello: Hello, userId: string): Promise<HeldCursor | undefined> {
  const { engine, sealer } = parts;
  const { cursors } = parts.figures;
  const { cursor, server, epoch } = hello;
  if (!cursor || server !== engine.serverId || epoch !== engine.epoch) {
    cursors.none++;
    return undefined;
  }
  const { version, ranges, seal } = cursor;
  const logHash = sealer.open({ epoch, deviceId: hello.device.id, userId, version, ranges }, seal);
  if (logHash === undefined) {
    cursors.forged++;
    return undefined;
  }
  const log = { version: engine.durableVersion, logHash: logHashAt(engine, version) };
  const verdict = judgeCursor({ version, logHash }, log);
  cursors[verdict]++;
  switch (verdict) {
    case "held": {
      const lost = new Set(cursor.lost);
      return { version, edgeByTag: new Map(ranges.map(([tag, edge], at) => [tag, lost.has(at) ? undefined : edge])) };
    }
    case "history_lost":
      // The engine's epoch is another from this moment on: whoever finds the same a moment later is told that one.
      await engine.openEpoch();
      return undefined;
    case "unknown":
      return undefined;
  }
}

function logHashAt(engine: Engine, version: Version): string | undefined {
  return version <= engine.durableVersion ? engine.logHash(version) : undefined;
}
