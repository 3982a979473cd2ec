import { BothyError, isBothyError, schemaToJson, type Schema } from "bothy/internal";
import type { World } from "../base/index.ts";
import { CommitLog, recoverLog, type LogEnd } from "../log/index.ts";
import { createMemoryStore, openLmdbStore, type Store } from "../store/index.ts";
import { DurabilityGate } from "./durability-gate.ts";
import { defaultBookLimits, type BookLimits } from "./book-horizon.ts";
import { readMeta, type EngineMeta } from "./engine-meta.ts";
import { EngineState } from "./engine-state.ts";
import type { Engine } from "./engine.ts";
import { decodeLogEntry, encodeLogEntry, type Deployment, type LogEntry } from "./log-entry.ts";
import { RunningEngine } from "./running-engine.ts";
import { checkDocuments, planSchemaChange, type OnProgress } from "./schema-change.ts";

/** What the engine needs of the world. */
export type EngineWorld = Pick<World, "clock" | "random" | "disk" | "log" | "die">;

/** What an engine is opened with. */
export interface EngineOptions {
  readonly world: EngineWorld;
  /** The data folder; made if there is none. */
  readonly folder: string;
  /** The schema that is to be in force, with Bothy's own tables. */
  readonly schema: Schema;
  /**
   * `memory` keeps the index of the log in memory and reads the whole log at each start; for tests and the simulator, which
   * may also bring a store of their own that outlives the engine.
   */
  readonly store: "lmdb" | "memory" | Store;
  /** Told what takes time at start, in words. */
  readonly onProgress?: OnProgress;
  readonly segmentSizeBytes?: number;
  /** How much of the past the books keep. */
  readonly bookLimits?: Partial<BookLimits>;
}

interface OpenStore {
  readonly store: Store;
  readonly meta: EngineMeta | undefined;
}

/**
 * Opens a data folder under its lock, recovers what was acknowledged, and puts the schema in force. Fails with
 * `folder_locked`, `folder_unwritable`, `folder_damaged`, or with `schema_invalid` before anything has been changed.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { world, folder } = options;
  await world.disk.makeFolder(folder, 0o700);
  const lock = await world.disk.lock(folder);
  let opened: OpenStore | undefined;
  const release = async (): Promise<void> => {
    await opened?.store.close();
    await lock.release();
  };
  try {
    opened = await openStore(options);
    return await recover(options, opened, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function recover(
  options: EngineOptions,
  { store, meta }: OpenStore,
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
      if (owner.gate === undefined) throw error;
      owner.gate.failed(error);
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
  // Before anything is written: a schema that documents break leaves the folder as it was.
  const change = planSchemaChange(state.deployment === undefined ? undefined : state.schema, options.schema);
  await checkDocuments(change, state.layer.view, onProgress);
  const gate = new DurabilityGate(state.layer, state.version, world);
  owner.gate = gate;
  const log = await openLog(options, { logFolder, end, gate, state });
  // Not only what is to be done: the order of indexes is that of the keys in every write.
  const isInForce = JSON.stringify(schemaToJson(state.schema)) === JSON.stringify(schemaToJson(options.schema));
  if (!isInForce || state.deployment === undefined) await putInForce(options, { state, gate, log });
  const bookLimits = { ...defaultBookLimits, ...options.bookLimits };
  return new RunningEngine({ world, state, gate, log, bookLimits, release });
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

/** Writes the record that puts the schema in force; in a new folder it also makes the deployment. */
async function putInForce(
  { world, schema }: EngineOptions,
  { state, gate, log }: { readonly state: EngineState; readonly gate: DurabilityGate; readonly log: CommitLog },
): Promise<void> {
  const deployment: Deployment | undefined =
    state.deployment === undefined
      ? { serverId: log.serverId, secret: hex(world.random.bytes(32)), epoch: hex(world.random.bytes(16)) }
      : undefined;
  const entry: LogEntry = {
    timeMs: world.clock.nowMs(),
    writes: [],
    records: [],
    schema: schemaToJson(schema),
    ...(deployment === undefined ? {} : { deployment }),
  };
  await state.takeSchema(schema, entry, () => {
    const version = state.version + 1;
    return { hash: log.append(version, encodeLogEntry(entry)), durable: () => gate.whenDurable(version) };
  });
}

async function openStore(options: EngineOptions): Promise<OpenStore> {
  if (options.store === "memory") return { store: createMemoryStore(), meta: undefined };
  if (options.store !== "lmdb") return { store: options.store, meta: readMeta(options.store) };
  const { world, folder, onProgress } = options;
  const storeFolder = `${folder}/store`;
  const hasLog = (await world.disk.list(`${folder}/log`)).length > 0;
  try {
    return await openLmdb(world, storeFolder);
  } catch (error) {
    if (!hasLog || !isBothyError(error) || error.code !== "folder_damaged") throw error;
    world.log.warn("The store cannot be read; it is rebuilt from the log.", { folder: storeFolder, error });
    onProgress?.("Rebuilding the store from the log.");
    await world.disk.remove(storeFolder);
    return await openLmdb(world, storeFolder);
  }
}

async function openLmdb({ disk }: EngineWorld, storeFolder: string): Promise<OpenStore> {
  const store = await openLmdbStore(disk, storeFolder);
  try {
    const meta = readMeta(store);
    if (meta === undefined && store.appliedVersion > 0) {
      throw new BothyError("folder_damaged", {
        message: `The store ${storeFolder} does not say what it holds.`,
        fix: `Remove ${storeFolder}.`,
      });
    }
    return { store, meta };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
