import { tableOf } from "bothy/internal";
import type { Json, QueuedCalls, TableDefinition } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import { Census } from "./census.ts";
import { argumentsWrites } from "./function-history.ts";
import { judgeSchema } from "./judge-schema.ts";
import type { SchemaVerdict } from "./judge-schema.ts";
import { skewLimits } from "./limits.ts";
import type { AppVersion } from "./app-version.ts";
import { historyWrites, readHistory } from "./schema-history.ts";
import type { SchemaTree } from "./schema-tree.ts";

/** What it stands on, and the app that is in force. */
export interface SkewOptions {
  readonly world: World;
  readonly engine: Engine;
  readonly app: AppVersion;
  readonly supportMs?: number;
}

/** The versions of an app that devices run, and what they mean to the one in force. */
export interface Skew {
  /** Hash of the schema in force. */
  readonly schemaHash: string;
  /** What the schema of a device means to the one in force. */
  judge(hash: string): SchemaVerdict;
  /** A device says what it runs and what waits on it. */
  note(deviceId: string, contact: { readonly schema: string; readonly queued: QueuedCalls }): void;
  /** Another app is in force. True: devices of other schemas are sent other things than before. */
  take(app: AppVersion): boolean;
  /** Writes what was not written yet. */
  close(): void;
}

/** Keeps the history of the app that is in force, and the census of devices. */
export function openSkew({ world, engine, app, supportMs = skewLimits.supportMs }: SkewOptions): Skew {
  const census = new Census(engine, world);
  let schemaHash = app.schema.hash;
  let lenses: Json = app.schema.lenses;
  let tree: SchemaTree = new Map();
  let verdictByHash = new Map<string, SchemaVerdict>();
  const tableInForce = (table: string): TableDefinition => tableOf(engine.schema, table);

  const take = ({ schema, mutations }: AppVersion): void => {
    const nowMs = world.clock.nowMs();
    const writes = [...historyWrites(engine, schema, nowMs), ...argumentsWrites(engine, mutations, nowMs)];
    // If another's reservation is in the way, the next start writes it: it is compared with what is in force.
    if (writes.length > 0) engine.commit({ snapshot: engine.version, reads: [], writes });
    tree = readHistory(engine);
    schemaHash = schema.hash;
    lenses = schema.lenses;
    verdictByHash = new Map();
  };
  take(app);
  return {
    get schemaHash() {
      return schemaHash;
    },
    judge(hash) {
      const nowMs = world.clock.nowMs();
      const known = tree.get(hash);
      const isLate = nowMs - (known?.replacedMs ?? nowMs) > supportMs;
      const kept = isLate ? undefined : verdictByHash.get(hash);
      if (kept) return kept;
      const verdict = judgeSchema(hash, { tree, current: schemaHash, nowMs, supportMs, tableInForce });
      // One for all devices of a schema: they share what is made for them. Any hash may be asked for, few are known.
      if (known !== undefined) verdictByHash.set(hash, verdict);
      return verdict;
    },
    note: (deviceId, contact) => census.note(deviceId, contact),
    take(next) {
      const hasChanged =
        next.schema.hash !== schemaHash || JSON.stringify(next.schema.lenses) !== JSON.stringify(lenses);
      take(next);
      return hasChanged;
    },
    close: () => census.close(),
  };
}
