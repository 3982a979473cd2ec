import type { ClientWorld } from "../base/index.ts";
import type { WireIdentity } from "../protocol/index.ts";
import type { StoredRow } from "../storage/index.ts";
import { schemaHash } from "../schema/index.ts";
import { createMoves, type CoreMoves } from "./core-moves.ts";
import type { CoreParts } from "./core-parts.ts";
import { createRuns } from "./core-runs.ts";
import { createDiskRows } from "./disk-rows.ts";
import { firstState } from "./hydrate.ts";
import { createLiveQueries, type LiveQueriesOptions } from "./live-queries.ts";
import { createObservable } from "./observable.ts";
import { createOverlay, type PendingMutation } from "./overlay.ts";
import { sharedFunctionsOf, type ClientApp } from "./shared-functions.ts";
import { createSerial } from "./serial.ts";
import { storedFormat, type RejectedCall } from "./stored-rows.ts";

/** How many rows are put into the order of an index at a time: about a millisecond. */
const preparedRows = 1_000;

/** How long a query that nobody watches keeps its result. */
const lingerMs = 5_000;

/** What a tab shows, and all that changes it. Changes run through `serial`. */
export interface Core extends CoreParts, CoreMoves {}

/** What a core reads of its storage by itself. */
export interface CoreStorage {
  readonly readSegment: (number: number) => Promise<StoredRow>;
  /** How much text of rows is kept in memory. */
  readonly budgetBytes: number;
  /** Segments could not be read; what needs them shows what it has shown. */
  readonly onUnreadable: (error: unknown) => void;
}

/** Who hears of queries that come and go. */
export type QueryListener = Pick<LiveQueriesOptions, "onNew" | "onWatched">;

/** Makes the core of a tab that has not read its storage yet. */
export function createCore(
  world: ClientWorld,
  app: ClientApp,
  { storage, ...queryListener }: QueryListener & { readonly storage: CoreStorage },
): Core {
  const { schema } = app;
  const disk = createDiskRows({
    schema,
    clock: world.clock,
    budgetBytes: storage.budgetBytes,
    read: storage.readSegment,
    fill: (table, rows) => overlay.fill(table, rows),
    prepare: (table, position) => overlay.base.held.prepare(table, position, preparedRows),
    held: () => overlay.base.held,
    remove: (table, id) => overlay.drop(table, id),
  });
  const overlay = createOverlay(
    schema,
    (rows, call) => runs.replay(rows, call),
    () => parts.state.applied ?? 0,
  );
  const evict = (): void => disk.evict(() => [...queries.reads(), ...overlay.reads()]);
  const linger = (forget: () => void): void => {
    world.clock.after(lingerMs, () => {
      forget();
      evict();
    });
  };
  const queries = createLiveQueries({
    schema,
    evaluate: (call, isNew) => runs.evaluate(call, isNew),
    linger,
    ...queryListener,
  });
  const parts: CoreParts = {
    world,
    schema,
    stamp: { format: storedFormat, schema: schemaHash(schema) },
    serial: createSerial(),
    overlay,
    disk,
    queries,
    functions: sharedFunctionsOf(app),
    serverPromises: new Map(),
    pending: createObservable<readonly PendingMutation[]>([]),
    rejected: createObservable<readonly RejectedCall[]>([]),
    identity: createObservable<WireIdentity | null>(null),
    deviceKey: new Uint8Array(),
    clockOffsetMs: 0,
    nowMs: () => world.clock.nowMs() + parts.clockOffsetMs,
    isHydrated: false,
    state: firstState,
    poke: 0,
    doubted: new Set(),
  };
  const runs = createRuns(parts, storage.onUnreadable);
  return Object.assign(parts, createMoves(parts, evict));
}
