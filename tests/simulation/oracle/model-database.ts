import { compareValues, isIdOf, type Document, type Value } from "bothy/internal";
import type { IndexFields, ModelState } from "./model-state.ts";

/** One write of a run over the model. */
export interface ModelWrite {
  readonly table: string;
  readonly id: string;
  readonly document: Document | null;
}

/** What a run over the model is given. */
export interface ModelRun {
  readonly state: ModelState;
  readonly indexFields: IndexFields;
  readonly tables: readonly string[];
  readonly timeMs: number;
  readonly nextId: (table: string, k: number) => string;
}

interface Bound {
  readonly field: string;
  readonly test: (value: Value) => boolean;
}

/** `ctx.db` over the model: every read filters and sorts all documents of a table. Nothing is shared with `transaction`. */
export function createModelDatabase(run: ModelRun): { readonly db: object; writes(): readonly ModelWrite[] } {
  const { state } = run;
  const written = new Map<string, ModelWrite>();
  const insertsByTable = new Map<string, number>();
  let creationTime = run.timeMs;
  const tableOfId = (id: string): string => {
    const table = run.tables.find((name) => isIdOf(name, id));
    if (table === undefined) throw new Error(`${id} is no id of the app`);
    return table;
  };
  const write = (table: string, id: string, document: Document | null): void => {
    state.put(table, id, document);
    written.set(id, { table, id, document });
  };
  const db = {
    get: async (id: string) => state.get(tableOfId(id), id) ?? null,
    insert: async (table: string, fields: Readonly<Record<string, Value>>) => {
      const k = insertsByTable.get(table) ?? 0;
      insertsByTable.set(table, k + 1);
      const id = run.nextId(table, k);
      write(table, id, { ...fields, _id: id, _creationTime: creationTime });
      creationTime = following(creationTime);
      return id;
    },
    patch: async (id: string, fields: Readonly<Record<string, Value>>) => {
      const table = tableOfId(id);
      const before = state.get(table, id);
      if (before === undefined) throw new Error(`there is no ${id}`);
      const changed = Object.entries(fields).map(([field, value]) => [field, afterInc(before[field], value)]);
      write(table, id, { ...before, ...Object.fromEntries(changed) });
    },
    delete: async (id: string) => write(tableOfId(id), id, null),
    query: (table: string) => queryOver(run, table),
  };
  return { db, writes: () => [...written.values()] };
}

/** What a patch makes of a field: what it says, or what it adds to it. */
function afterInc(before: Value | undefined, given: Value): Value {
  const { kind, operand } = Object(given) as { readonly kind?: unknown; readonly operand?: unknown };
  return kind === "inc" ? Number(before ?? 0) + Number(operand) : given;
}

function queryOver(run: ModelRun, table: string): object {
  const { state, indexFields } = run;
  const of = (index: string, bounds: readonly Bound[], isDescending: boolean): object => {
    const read = (): Document[] => {
      const found = state
        .ordered(table, indexFields(table, index))
        .filter((document) => bounds.every(({ field, test }) => test(document[field] as Value)));
      return isDescending ? found.reverse() : found;
    };
    return {
      order: (order: "asc" | "desc") => of(index, bounds, order === "desc"),
      collect: async () => read(),
      first: async () => read()[0] ?? null,
      take: async (count: number) => read().slice(0, count),
      unique: async () => {
        const found = read();
        if (found.length > 1) throw new Error("not unique");
        return found[0] ?? null;
      },
      paginate: async ({ numItems, cursor }: { readonly numItems: number; readonly cursor: string | null }) => {
        const from = cursor === null ? 0 : Number(cursor);
        const all = read();
        const end = from + numItems;
        return { page: all.slice(from, end), isDone: end > all.length, continueCursor: String(end) };
      },
    };
  };
  return {
    ...of("by_creation_time", [], false),
    // A function that asks for a projection reads none of the other fields.
    only: () => queryOver(run, table),
    withIndex: (index: string, build: (q: object) => unknown = () => undefined) => {
      const bounds: Bound[] = [];
      build(boundsInto(bounds));
      return of(index, bounds, false);
    },
  };
}

function boundsInto(bounds: Bound[]): object {
  const word =
    (holds: (compared: number) => boolean) =>
    (field: string, wanted: Value): object => {
      bounds.push({ field, test: (value) => holds(compareValues(value, wanted)) });
      return q;
    };
  const q: object = {
    eq: word((compared) => compared === 0),
    gt: word((compared) => compared > 0),
    gte: word((compared) => compared >= 0),
    lt: word((compared) => compared < 0),
    lte: word((compared) => compared <= 0),
  };
  return q;
}

/** The next greater number that there is (TX8). */
function following(time: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, time);
  view.setBigInt64(0, view.getBigInt64(0) + 1n);
  return view.getFloat64(0);
}
