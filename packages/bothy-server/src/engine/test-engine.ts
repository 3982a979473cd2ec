import {
  defineSchema,
  defineTable,
  documentKeys,
  keyRangeOf,
  makeId,
  parseValue,
  stringifyValue,
  tableOf,
  v,
  type Document,
  type KeyRange,
  type RangeSpec,
  type Schema,
} from "bothy/internal";
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type ManualClock,
  type MemoryDisk,
  type Random,
} from "../base/index.ts";
import type { DocumentWrite, Engine } from "./engine.ts";
import { openEngine } from "./open-engine.ts";
import type { EngineOptions, EngineWorld } from "./engine-options.ts";

/** The schema of the engine's own tests. */
export const testSchema: Schema = defineSchema({
  notes: defineTable({ room: v.string(), rank: v.number(), body: v.string() }).index("by_room", ["room", "rank"]),
  people: defineTable({ name: v.string() }).index("by_name", ["name"]),
});

/** A world whose time is moved by hand and which tells what was said and done in it. */
export interface TestWorld extends EngineWorld {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly deaths: string[];
  readonly warnings: string[];
}

/** Makes a world in memory; `die` throws, because a test outlives it. */
export function testWorld(disk: MemoryDisk = createMemoryDisk(), random: Random = createSeededRandom(1)): TestWorld {
  const deaths: string[] = [];
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  return {
    clock: createManualClock(),
    random,
    disk,
    log: { debug: ignore, info: ignore, warn: (message) => void warnings.push(message), error: ignore },
    die: (reason) => {
      deaths.push(reason);
      throw new Error("the process would have ended");
    },
    deaths,
    warnings,
  };
}

/** Opens an engine on a world, in memory unless said otherwise. */
export function openTestEngine(world: EngineWorld, options: Partial<EngineOptions> = {}): Promise<Engine> {
  return openEngine({ world, folder: "/folder", schema: testSchema, store: "memory", ...options });
}

let idCount = 0;

/** Makes an id that no other call makes. */
export function newId(table: string): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, ++idCount);
  return makeId(table, bytes);
}

/** A write of a whole document, with the keys before it as the engine's last state has them. */
export function putDocument(
  engine: Engine,
  table: string,
  fields: Omit<Document, "_creationTime"> & { _creationTime?: number },
): DocumentWrite {
  const document = { _creationTime: 0, ...fields } as Document;
  return {
    table,
    id: document._id,
    text: stringifyValue(document),
    before: currentKeys(engine, table, document._id),
    after: documentKeys(tableOf(engine.schema, table), document),
  };
}

/** A deletion. */
export function deleteDocument(engine: Engine, table: string, id: string): DocumentWrite {
  return { table, id, text: null, before: currentKeys(engine, table, id), after: null };
}

function currentKeys(engine: Engine, table: string, id: string): readonly string[] | null {
  const stored = engine.read(rangeOf(engine, { table, index: "by_id", prefix: [id] }), "asc", 1).documents[0];
  return stored === undefined ? null : documentKeys(tableOf(engine.schema, table), parseValue(stored.text) as Document);
}

/** Commits writes on the last state and returns the version. */
export function commit(engine: Engine, ...writes: DocumentWrite[]): number {
  const outcome = engine.commit({ snapshot: engine.version, reads: [], writes });
  if (outcome.kind !== "committed") throw new Error("a commit on the last state cannot conflict");
  return outcome.version;
}

export function rangeOf(engine: Engine, spec: RangeSpec): KeyRange {
  return keyRangeOf(engine.schema, spec);
}

/** Every document of the engine's last state, by table and id. */
export function contentOf(engine: Engine): Record<string, string> {
  const content: Record<string, string> = {};
  for (const table of Object.values(engine.schema.tables)) {
    for (const index of table.indexes) {
      const { documents } = engine.read(
        rangeOf(engine, { table: table.name, index: index.name, prefix: [] }),
        "asc",
        100_000,
      );
      for (const { id, version, text } of documents)
        content[`${table.name}.${index.name}/${id}`] = `${version} ${text}`;
    }
  }
  return content;
}
