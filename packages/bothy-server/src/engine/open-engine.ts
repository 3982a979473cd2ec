import { BothyError, isBothyError, schemaToJson } from "bothy/internal";
import { CommitLog, recoverLog, restoredMark, type LogEnd } from "../log/index.ts";
import { DiskRoom } from "./disk-room.ts";
import { DurabilityGate } from "./durability-gate.ts";
import { defaultBookLimits } from "./book-horizon.ts";
import type { EngineOptions } from "./engine-options.ts";
import { EngineState } from "./engine-state.ts";
import type { Engine } from "./engine.ts";
import { decodeLogEntry, encodeLogEntry, type LogEntry } from "./log-entry.ts";
import { openStore, type OpenStore } from "./open-store.ts";
import { RunningEngine } from "./running-engine.ts";

/**
 * Opens a data folder under its lock, recovers what was acknowledged, and puts the schema in force. Fails with
 * `folder_locked`, `folder_unwritable`, `folder_damaged`, or with `schema_invalid` before anything has been changed.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { world, folder } = options;
  await world.disk.makeFolder(folder, 0o700);
  const lock = await world.disk.lock(folder);
  try {
    return await openHeld(options, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Opens a folder that is held. A store that turns out on the way not to be what was written is made from the log, once. */
async function openHeld(options: EngineOptions, lock: { release(): Promise<void> }, damage?: string): Promise<Engine> {
  const { store, meta, watch } = await openStore(options, damage);
  const close = async (): Promise<void> => {
    await store.close();
    await watch?.close();
  };
  try {
    let isOpened = false;
    const release = async (): Promise<void> => {
      // Until it is opened they are closed here, and perhaps opened again.
      if (!isOpened) return;
      await close();
      await lock.release();
    };
    const engine = await recover(options, { store, meta, ...(watch === undefined ? {} : { watch }) }, release);
    isOpened = true;
    watch?.serve();
    return engine;
  } catch (error) {
    await close();
    const found = watch?.damage;
    if (damage !== undefined || found === undefined) throw error;
    return await openHeld(options, lock, found.message);
  }
}

async function recover(
  options: EngineOptions,
  { store, meta, watch }: OpenStore,
  release: () => Promise<void>,
): Promise<Engine> {
  const { world, folder, onProgress = () => undefined } = options;
  // The state applies in the background before there is a gate, and after.
  const owner: { gate?: DurabilityGate } = {};
  const state = new EngineState({
    store,
    clock: world.clock,
    meta,
    onProgress,
    onFailure: (error) => {
      // Whatever a failed sync has left of the store is not trusted again; a full disk leaves it as it was.
      if (error instanceof Error && !isDiskFull(error)) watch?.condemn(error);
      if (owner.gate === undefined) throw error;
      if (watch === undefined || isDiskFull(error)) owner.gate.failed(error);
    },
  });
  const logFolder = `${folder}/log`;
  const end = await recoverLog({
    disk: world.disk,
    log: world.log,
    folder: logFolder,
    ...(meta === undefined ? {} : { from: meta.position }),
    onRecord: ({ text }, position) => state.replay(decodeLogEntry(text), position),
  });
  await state.layer.drain();
  const gate = new DurabilityGate(state.layer, state.version, world);
  owner.gate = gate;
  const log = await openLog(options, { logFolder, end, gate, state });
  if (state.deployment === undefined) await makeDeployment(options, { state, gate, log });
  const bookLimits = { ...defaultBookLimits, ...options.bookLimits };
  const room = new DiskRoom(world, folder, (isShort) => state.layer.hold(isShort));
  await room.look();
  const engine = new RunningEngine({ world, state, gate, log, bookLimits, room, release });
  try {
    options.admit?.(engine);
    await engine.changeSchema(options.schema, { onProgress });
    await beginAfterRestore(options, engine);
    return engine;
  } catch (error) {
    // If the log cannot be written it cannot be closed either; why is told.
    await engine.close().catch(() => undefined);
    throw error;
  }
}

/**
 * What a restore has brought back may have gone on elsewhere: a device may have rows that are newer than its cursor, and
 * only a new epoch makes it give them up (BK10).
 */
async function beginAfterRestore({ world, folder }: EngineOptions, engine: Engine): Promise<void> {
  const mark = `${folder}/${restoredMark}`;
  if ((await world.disk.stat(mark)) === undefined) return;
  await engine.openEpoch();
  await world.disk.remove(mark);
}

function isDiskFull(error: unknown): boolean {
  return isBothyError(error) && error.code === "disk_full";
}

interface LogParts {
  readonly logFolder: string;
  readonly end: LogEnd | undefined;
  readonly gate: DurabilityGate;
  readonly state: EngineState;
}

async function openLog(
  { world, segmentSizeBytes }: EngineOptions,
  { logFolder, end, gate, state }: LogParts,
): Promise<CommitLog> {
  const logOptions = {
    disk: world.disk,
    clock: world.clock,
    folder: logFolder,
    ...(segmentSizeBytes === undefined ? {} : { segmentSizeBytes }),
    onDurable: gate.groupDurable,
    onFailure: gate.failed,
  };
  if (end === undefined) return await CommitLog.create(logOptions, hex(world.random.bytes(16)));
  if (end.serverId !== state.deployment?.serverId) {
    throw new BothyError("folder_damaged", {
      message: `The log ${logFolder} is of another server than what stands in it.`,
      fix: "Restore the whole data folder from one backup.",
    });
  }
  return await CommitLog.open(logOptions, end);
}

/** Writes the first record of a new folder: the deployment and its schema. */
async function makeDeployment(
  { world, schema }: EngineOptions,
  { state, gate, log }: { readonly state: EngineState; readonly gate: DurabilityGate; readonly log: CommitLog },
): Promise<void> {
  const entry: LogEntry = {
    timeMs: world.clock.nowMs(),
    writes: [],
    records: [],
    schema: schemaToJson(schema),
    deployment: {
      serverId: log.serverId,
      secret: hex(world.random.bytes(32)),
      epoch: hex(world.random.bytes(16)),
    },
  };
  const planned = state.plan(entry, []);
  const version = state.take(entry, planned, log.append(state.version + 1, encodeLogEntry(entry)));
  await gate.whenDurable(version);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
