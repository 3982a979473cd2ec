import type { Document, QueuedCalls } from "bothy/internal";
import { bytesOfHex, isWellFormed, makeId } from "bothy/internal";
import { devicesTable } from "../auth/index.ts";
import { reportFault } from "../base/index.ts";
import type { World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import { skewLimits } from "./limits.ts";
import { readAll, readOne, writeOf } from "./system-documents.ts";

/** What a device runs, and what it had queued when it was last in contact. */
export interface DeviceEntry {
  readonly schema: string;
  readonly queued: number;
  readonly calls: readonly QueuedCall[];
  readonly seenMs: number;
}

/** Calls of one function that wait on a device. */
export interface QueuedCall {
  readonly name: string;
  readonly version: string;
  readonly count: number;
}

/** The devices that are known to have been in contact. */
export class Census {
  readonly #engine: Engine;
  readonly #world: World;
  readonly #entryByDevice = new Map<string, DeviceEntry>();
  #cancel: (() => void) | undefined;

  constructor(engine: Engine, world: World) {
    this.#engine = engine;
    this.#world = world;
  }

  /** A device says what it runs and what it has queued. It is written soon, with others, and only if it says something new. */
  note(deviceId: string, { schema, queued }: { readonly schema: string; readonly queued: QueuedCalls }): void {
    // Whatever a device sends, it can be stored.
    const named = queued.calls.filter(([name, version]) => isWellFormed(name) && isWellFormed(version));
    const calls = named.map(([name, version, count]) => ({ name, version, count }));
    if (!isWellFormed(schema)) return;
    const entry = { schema, queued: queued.count, calls, seenMs: this.#world.clock.nowMs() };
    this.#entryByDevice.set(deviceId, entry);
    this.#cancel ??= this.#world.clock.after(skewLimits.censusMs, () => this.#flushInTurn());
  }

  #flushInTurn(): void {
    this.#cancel = undefined;
    try {
      this.flush();
    } catch (error) {
      // Nobody waits for it, and what it writes is written later.
      reportFault(this.#world, "The census of devices could not be written.", { error });
    }
    if (this.#entryByDevice.size > 0)
      this.#cancel = this.#world.clock.after(skewLimits.censusMs, () => this.#flushInTurn());
  }

  /** Writes what waits, as far as the engine takes it. */
  flush(): void {
    const engine = this.#engine;
    if (engine.isOverloaded) return;
    const nowMs = this.#world.clock.nowMs();
    const batch = [...this.#entryByDevice].slice(0, skewLimits.censusBatchMax);
    const writes = batch.flatMap(([deviceId, entry]) => {
      const id = idOfDevice(deviceId);
      const before = entryOf(readOne(engine, devicesTable, id));
      if (before && !isNews(before, entry)) return [];
      const fields = { ...entry, calls: entry.calls.map((call) => ({ ...call })) };
      return [writeOf(engine, devicesTable, { id, fields, nowMs })];
    });
    if (writes.length > 0) {
      const { version } = engine;
      // Another's reservation, which passes: what waits is written with the next.
      if (engine.commit({ snapshot: version, reads: [], writes }).kind !== "committed") return;
    }
    for (const [deviceId, entry] of batch)
      if (this.#entryByDevice.get(deviceId) === entry) this.#entryByDevice.delete(deviceId);
  }

  /** Writes what waits, and takes no more. */
  close(): void {
    this.#cancel?.();
    this.#flushInTurn();
    this.#cancel?.();
  }
}

/** The devices in the census. */
export function readCensus(
  engine: Pick<Engine, "schema" | "read">,
): readonly (DeviceEntry & { readonly device: string })[] {
  return readAll(engine, devicesTable).flatMap((document) => {
    const entry = entryOf(document);
    return entry === undefined ? [] : [{ device: document._id, ...entry }];
  });
}

function idOfDevice(deviceId: string): string {
  return makeId(devicesTable, bytesOfHex(deviceId));
}

function entryOf(document: Document | undefined): DeviceEntry | undefined {
  if (document === undefined) return undefined;
  const { _id, _creationTime, ...entry } = document;
  // Written here alone, under the table's validator.
  return entry as unknown as DeviceEntry;
}

function isNews(before: DeviceEntry, { schema, queued, calls, seenMs }: DeviceEntry): boolean {
  return (
    before.schema !== schema ||
    before.queued !== queued ||
    JSON.stringify(before.calls) !== JSON.stringify(calls) ||
    seenMs - before.seenMs >= skewLimits.seenStepMs
  );
}
