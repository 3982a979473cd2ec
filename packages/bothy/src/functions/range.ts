import { BothyError } from "../errors/index.ts";
import {
  type AnyDataModel,
  type BuiltRange,
  createRangeBuilder,
  type DataModel,
  type IndexNames,
  type IndexRangeBuilder,
  isWindowSize,
  type LooseRangeBuilder,
  type ProjectionNames,
  type RangeSpec,
  type TableNames,
} from "../schema/index.ts";
import { limits } from "../values/index.ts";

/** A range as a scope returns it. */
export interface ScopeRange<Projection extends string = string> {
  readonly isBothyRange: true;
  readonly spec: RangeSpec;
  /** Only the last so many rows of the range, in its index's order: a window that moves as rows are added. */
  newest(rows: number): ScopeRange<Projection>;
  /** Of each document only what this projection shows; the fields of the range's index lie inside. */
  only(projection: Projection): ScopeRange<Projection>;
}

/** Names a piece of an index that may be seen and is to be held. */
export interface RangeWord<Model extends DataModel> {
  <Table extends TableNames<Model>, Index extends IndexNames<Model[Table]>>(
    table: Table,
    index: Index,
    build?: (q: IndexRangeBuilder<Model[Table]["document"], Model[Table]["indexes"][Index]>) => BuiltRange,
  ): ScopeRange<ProjectionNames<Model[Table]>>;
}

/** Names a piece of an index of any schema; whether the schema has it is checked when the scope has returned. */
export const range: RangeWord<AnyDataModel> = (
  table: string,
  index: string,
  build: (q: LooseRangeBuilder) => BuiltRange = (q) => q,
): ScopeRange => scopeRange({ ...build(createRangeBuilder({ table, index })).parts, table, index });

function scopeRange(spec: RangeSpec): ScopeRange {
  return {
    isBothyRange: true,
    spec,
    newest: (rows) => {
      if (isWindowSize(rows)) return scopeRange({ ...spec, newest: rows });
      throw new BothyError("range_invalid", {
        message: `A range of table "${spec.table}" asks for the newest ${rows} rows.`,
        fix: `Ask for a whole number between 1 and ${limits.windowRowsMax}.`,
      });
    },
    only: (projection) => scopeRange({ ...spec, only: projection }),
  };
}

/** What a scope returns: ranges; with `until`, milliseconds since 1970, if they depend on the time: it runs again then. */
export type ScopeReturn =
  | readonly ScopeRange[]
  | { readonly ranges: readonly ScopeRange[]; readonly until?: number | undefined };

/** What a scope said, read. */
export interface ScopeSpecs {
  readonly ranges: readonly RangeSpec[];
  readonly until: number | undefined;
}

/** Reads what a scope returned; anything but ranges, and perhaps a time, is `returns_invalid`. */
export function scopeSpecsOf(name: string, returned: unknown): ScopeSpecs {
  const isTimed = typeof returned === "object" && returned !== null && "ranges" in returned;
  const { ranges, until }: { ranges?: unknown; until?: unknown } = isTimed ? returned : { ranges: returned };
  if (!Array.isArray(ranges)) throw notRanges(name, "no list");
  if (ranges.length > limits.rangesPerScopeMax) {
    throw new BothyError("limit_exceeded", {
      message: `The scope ${name} returned ${ranges.length} ranges; at most ${limits.rangesPerScopeMax} are possible.`,
      fix: "Choose an index by which fewer ranges say the same.",
    });
  }
  if (until !== undefined && !(typeof until === "number" && Number.isFinite(until))) {
    throw new BothyError("returns_invalid", {
      message: `The scope ${name} returned something that is no time as until.`,
      fix: "Return the moment at which it is to run again, in milliseconds since 1970.",
    });
  }
  const specs = ranges.map((item: unknown, i) => {
    if (!isScopeRange(item)) throw notRanges(name, `something that is no range (item ${i})`);
    return item.spec;
  });
  return { ranges: specs, until };
}

function isScopeRange(item: unknown): item is ScopeRange {
  return typeof item === "object" && item !== null && "isBothyRange" in item && "spec" in item;
}

function notRanges(name: string, what: string): BothyError {
  return new BothyError("returns_invalid", {
    message: `The scope ${name} returned ${what}.`,
    fix: 'Return a list of range("table", "index", (q) => …), or { ranges, until } with such a list.',
  });
}
