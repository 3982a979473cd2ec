import fc from "fast-check";
import { expect, test } from "vitest";
import { rangeNumber, rangeTag, type Chunk, type Grant, type Json, type PokeHeader } from "../protocol/index.ts";
import {
  digestText,
  digestWith,
  emptyDigest,
  printOfRow,
  printsText,
  rangeContains,
  stampOf,
} from "../ranges/index.ts";
import {
  defineSchema,
  defineTable,
  documentKeys,
  isIndexInside,
  projectFields,
  rangeSpecToJson,
  tableOf,
  type RangeSpec,
} from "../schema/index.ts";
import { encodeValue, makeId, v, type Document } from "../values/index.ts";
import { applyEffect, createBase, createHolding, storedRowOf, type BaseState, type RowJson } from "./base-state.ts";
import { noGrants, planPoke, type Grants } from "./plan-poke.ts";

/*
 * A deployment reduced to what it says, and a device that is made of `planPoke` and `applyEffect`: random chains of grants,
 * drops, writes, failed scopes and reconnections, against what the documents and the granted ranges come to.
 */

const schema = defineSchema({
  t: defineTable({ k: v.number(), a: v.number(), b: v.optional(v.number()), c: v.number() })
    .index("by_k", ["k", "a"])
    .index("by_b", ["b"])
    .index("by_c", ["c"])
    .projection("line", ["k", "a"])
    .projection("card", ["k", "a", "b"]),
});
const table = tableOf(schema, "t");
const projections = ["line", "card", undefined] as const;

const ids = [1, 2, 3, 4].map((byte) => makeId("t", new Uint8Array(16).fill(byte)));
const inK = (k: number): RangeSpec => ({ table: "t", index: "by_k", prefix: [k] });
const inB = (b: number | undefined): RangeSpec => ({ table: "t", index: "by_b", prefix: [b] });
const inC = (c: number): RangeSpec => ({ table: "t", index: "by_c", prefix: [c] });
const specs: readonly RangeSpec[] = [
  { ...inK(0), only: "line" },
  { ...inK(1), only: "line" },
  { ...inK(0), only: "card" },
  inK(0),
  { ...inB(0), only: "card" },
  inB(0),
  inB(undefined),
  inC(0),
  inC(1),
  { table: "t", index: "by_creation_time", prefix: [], only: "line" },
  { ...inK(0), newest: 1 },
  { ...inK(0), newest: 2, only: "line" },
];

interface Doc {
  readonly document: Document;
  /** In the order of `projections`: when each last showed a change. */
  readonly stamps: readonly number[];
}
type Docs = ReadonlyMap<string, Doc>;
type Stamp = readonly [projection: string, version: number];
const byName = ([a]: Stamp, [b]: Stamp): number => (a < b ? -1 : 1);

/** A range as the deployment knows that the device holds it. */
interface Held {
  readonly number: number;
  readonly spec: RangeSpec;
  edge: string | null;
  /** The version up to which the device has it. */
  at: number;
}

class Trial {
  #docs: Docs[] = [new Map()];
  #held = new Map<number, Held>();
  #wanted = new Set<number>();
  #failed = new Set<number>();
  base: BaseState = createBase(schema);
  #grants: Grants = noGrants;

  get #now(): Docs {
    return this.#docs[this.#docs.length - 1] ?? new Map();
  }

  write(at: number, fields: { k: number; a: number; b: number; c: number } | null): void {
    const version = this.#docs.length;
    const docs = new Map(this.#now);
    const id = ids[at] ?? "";
    const before = docs.get(id);
    if (fields === null) docs.delete(id);
    else {
      const { b, ...rest } = fields;
      const { a, c, k } = rest;
      const document = { _creationTime: at, _id: id, a, ...(b < 2 && { b }), c, k };
      const stamps = projections.map((name, i) => {
        const isShown = JSON.stringify(shown(before?.document, name)) !== JSON.stringify(shown(document, name));
        return isShown || name === undefined ? version : (before?.stamps[i] ?? version);
      });
      docs.set(id, { document, stamps });
    }
    this.#docs.push(docs);
  }

  want(spec: number, isWanted: boolean): void {
    if (isWanted) this.#wanted.add(spec);
    else this.#wanted.delete(spec);
  }

  fail(spec: number, hasFailed: boolean): void {
    if (!hasFailed) this.#failed.delete(spec);
    // Only what the device has can be kept for it.
    else if (this.#held.has(spec)) this.#failed.add(spec);
  }

  /** One poke to the present, over the connection that there is, or as the answer to a new hello. */
  poke(isNew: boolean): void {
    const to = this.#docs.length - 1;
    const header: { -readonly [K in keyof PokeHeader]: PokeHeader[K] } = { type: "poke", to };
    const grant: Grant[] = [];
    const drop: number[] = [];
    const without: number[] = [];
    const edges: (readonly [number, string])[] = [];
    const still: (readonly [number, string])[] = [];
    const chunks: Chunk[] = [];
    const offered = [...this.#held];
    if (isNew) {
      this.#grants = {
        ...noGrants,
        offered: offered.map(([, { spec, edge }]) => [rangeTag(jsonOf(spec)), edge] as const),
      };
      header.since = this.#cursor;
    }
    for (const [place, [spec, held]] of offered.entries()) {
      const isFailed = this.#failed.has(spec);
      const isKept = this.#wanted.has(spec) && !isFailed && held.at === this.#cursor;
      if (isNew && !isKept) {
        without.push(place);
        this.#held.delete(spec);
      } else if (!isFailed && !this.#wanted.has(spec)) {
        this.#held.delete(spec);
        drop.push(held.number);
      } else if (!isFailed) {
        const edge = this.#edgeOf(held.spec);
        // What a window's edge has passed is told by the rows that are still there; live it is known what was written.
        const isLooked = (isNew || held.at !== this.#cursor) && (held.spec.newest !== undefined || place % 2 === 0);
        const { chunk, prints } = this.#changes(held, edge, isLooked);
        chunks.push(chunk);
        if (isLooked) still.push([held.number, printsText(prints)]);
        if (edge !== held.edge && edge !== null) edges.push([held.number, edge]);
        Object.assign(held, { edge, at: to });
      }
    }
    // A failed scope says nothing at a hello either: what it granted is told by nobody, and nobody drops it.
    for (const spec of this.#wanted) {
      if (this.#held.has(spec) || this.#failed.has(spec)) continue;
      const one = specs[spec] ?? inK(0);
      const edge = this.#edgeOf(one);
      const held: Held = { number: rangeNumber(rangeTag(jsonOf(one))), spec: one, edge, at: -1 };
      grant.push([held.number, jsonOf(one), edge]);
      chunks.push(this.#changes(held, edge, false).chunk);
      held.at = to;
      this.#held.set(spec, held);
    }
    const poke = {
      header: { ...header, grant, drop, edges, still, without },
      chunks: chunks.filter(([, rows, gone]) => rows.length + gone.length > 0),
    };
    const plan = planPoke(schema, this.base, poke, { grants: this.#grants, hasFailedScope: this.#failed.size > 0 });
    if (!plan) throw new Error("the device is out of step");
    this.#grants = plan.grants;
    const applied = applyEffect(schema, this.base, plan.effect);
    this.base = applied.base;
    // Another tab, and a start from the log, have nothing but the effect.
    this.#other = applyEffect(schema, this.#other, JSON.parse(JSON.stringify(applied.effect))).base;
    this.#cursor = to;
  }

  #other: BaseState = createBase(schema);
  #cursor = 0;

  /** Everything is stored as it is and read again. */
  restart(): void {
    const stored = this.base.held.rows("t").map((row) => JSON.parse(JSON.stringify(storedRowOf(row))) as RowJson);
    const ranges = [...this.base.holdings.values()].map(({ spec, edge }) => ({ spec, edge }));
    const tables = [{ table: "t", rows: stored, removed: [] }];
    this.base = applyEffect(schema, createBase(schema), { isReset: true, tables, ranges }).base;
  }

  get isWhole(): boolean {
    return this.#failed.size === 0;
  }

  /** What the device has, and what it is to have: rows, and the digest of each range. */
  compare(): { readonly found: unknown; readonly expected: unknown; readonly other: unknown } {
    const live = [...this.#held].filter(([spec]) => !this.#failed.has(spec));
    const expectedRows = [...this.#now].flatMap(([, { document, stamps }]) => {
      const widths = live.flatMap(([, held]) =>
        this.#isInside(held.spec, held.edge, document) ? [widthOf(held.spec)] : [],
      );
      if (widths.length === 0) return [];
      const width = Math.max(...widths);
      const narrower = [...new Set(widths)]
        .filter((one) => one < width)
        .map((one): Stamp => [projections[one] ?? "", stamps[one] ?? -1]);
      return [
        JSON.stringify([
          document._id,
          stamps[width],
          projections[width],
          shown(document, projections[width]),
          narrower.toSorted(byName),
        ]),
      ];
    });
    const rowsOf = (base: BaseState): unknown => {
      const rows = base.held.rows("t").map((row) => {
        // Of a projection in which the document is not held any more, a stamp may be left.
        const isHeld = (name: string): boolean =>
          live.some(([, { spec, edge }]) => spec.only === name && this.#isInside(spec, edge, row.document));
        const stamps = Object.entries(row.stamps ?? {})
          .filter(([name]) => isHeld(name))
          .toSorted(byName);
        return JSON.stringify([row.id, row.version, row.projection, row.document, stamps]);
      });
      return rows.toSorted();
    };
    // Each range at its own width, and what a narrower read of it finds.
    const digests = live.flatMap(([, held]) => {
      const { range } = createHolding(schema, { spec: rangeSpecToJson(held.spec), edge: held.edge });
      const inside = [...this.#now.values()].filter(({ document }) => this.#isInside(held.spec, held.edge, document));
      return projections.flatMap((name, width) => {
        const shownIn = table.projections.find((one) => one.name === name);
        const index = table.indexes.find((one) => one.name === range.index);
        if (width > widthOf(held.spec) || !index || (shownIn && !isIndexInside(index, shownIn))) return [];
        const { projection: _, ...whole } = range;
        const found = this.base.held.read({ ...whole, ...(name && { projection: name }) }, "asc", Infinity).rows;
        if (name !== held.spec.only) {
          const documents = found.map(({ document }) => JSON.stringify(shown(document, name)));
          const expected = inside.map(({ document }) => JSON.stringify(shown(document, name)));
          return [[documents.toSorted().join(), expected.toSorted().join()] as const];
        }
        const stamps = found.map((row) => [row.id, stampOf(row, name) ?? -1] as const);
        return [
          [sumOf(stamps), sumOf(inside.map(({ document, stamps }) => [document._id, stamps[width] ?? -2]))] as const,
        ];
      });
    });
    const isWhole = this.isWhole;
    // Also while a scope has failed nothing is here wider than what is held.
    const { held } = this.base;
    const excess = held.rows("t").filter(({ keys, projection }) => !held.isInside("t", keys, projection));
    return {
      found: [isWhole && rowsOf(this.base), digests.map(([found]) => found), excess],
      expected: [isWhole && expectedRows.toSorted(), digests.map(([, expected]) => expected), []],
      other: [rowsOf(this.base), rowsOf(this.#other)],
    };
  }

  #isInside(spec: RangeSpec, edge: string | null, document: Document): boolean {
    const { range } = createHolding(schema, { spec: rangeSpecToJson(spec), edge });
    return rangeContains(range, this.#keyIn(spec, document));
  }

  #keyIn(spec: RangeSpec, document: Document): string | undefined {
    return documentKeys(table, document)[table.indexes.findIndex(({ name }) => name === spec.index)];
  }

  #edgeOf(spec: RangeSpec): string | null {
    if (spec.newest === undefined) return null;
    const { newest, ...all } = spec;
    const inside = [...this.#now.values()].filter(({ document }) => this.#isInside(all, null, document));
    const keys = inside.map(({ document }) => this.#keyIn(spec, document) ?? "").toSorted();
    return keys.at(-newest) ?? "";
  }

  /** What a range is told from the version at which the device has it; prints of the rest, if that is looked at. */
  #changes(
    { number, spec, edge, at }: Held,
    nextEdge: string | null,
    isLooked: boolean,
  ): { readonly chunk: Chunk; readonly prints: readonly number[] } {
    const rows: (readonly [number, Json])[] = [];
    const gone: string[] = [];
    const prints: number[] = [];
    const then: Docs = this.#docs[at] ?? new Map();
    for (const id of ids) {
      const [old, now] = [then.get(id), this.#now.get(id)];
      const version = now?.stamps[widthOf(spec)];
      const wasInside = old !== undefined && this.#isInside(spec, edge, old.document);
      const isInside = now !== undefined && this.#isInside(spec, nextEdge, now.document);
      const isTouched = version === undefined || version > at;
      if (isInside && version !== undefined) {
        if (isTouched || !wasInside)
          rows.push([version, encodeValue(shown(now.document, spec.only) as Document) as Json]);
        else prints.push(printOfRow({ id, version }));
      } else if (wasInside && isTouched && !isLooked) gone.push(id);
    }
    return { chunk: [number, rows, gone], prints };
  }
}

function jsonOf(spec: RangeSpec): Json {
  return rangeSpecToJson(spec) as Json;
}

function sumOf(rows: readonly (readonly [string, number])[]): string {
  const sum = rows.reduce((digest, [id, stamp]) => digestWith(digest, id, stamp), emptyDigest);
  return `${sum.count} ${digestText(sum)}`;
}

function widthOf({ only }: RangeSpec): number {
  return projections.findIndex((name) => name === only);
}

function shown(document: Document | undefined, projection: string | undefined): Document | undefined {
  const found = table.projections.find(({ name }) => name === projection);
  return found && document ? projectFields(document, found) : document;
}

type Step =
  | {
      readonly kind: "write";
      readonly at: number;
      readonly fields: { k: number; a: number; b: number; c: number } | null;
    }
  | { readonly kind: "want" | "drop" | "fail"; readonly spec: number }
  | { readonly kind: "heal" | "poke" | "reconnect" | "restart" };

const bit = fc.nat(1);
const spec = fc.nat(specs.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      at: fc.nat(ids.length - 1),
      fields: fc.option(fc.record({ k: bit, a: bit, b: fc.nat(2), c: bit }), { freq: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("want", "drop"), spec }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fail" as const), spec }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("poke", "poke", "poke", "reconnect", "heal", "restart") }),
  },
);

test("[SY63] whatever is granted, lost and written, a device has each document once, in the widest projection that it is granted, with the stamps of all, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const trial = new Trial();
      const check = (): void => {
        const { found, expected, other } = trial.compare();
        expect(found).toEqual(expected);
        if (Array.isArray(other)) expect(other[1]).toEqual(other[0]);
      };
      trial.poke(true);
      const wanted = specs.map(() => false);
      for (const one of steps) {
        switch (one.kind) {
          case "write":
            trial.write(one.at, one.fields);
            break;
          case "want":
          case "drop":
            trial.want(one.spec, one.kind === "want");
            wanted[one.spec] = one.kind === "want";
            break;
          case "fail":
            trial.fail(one.spec, true);
            break;
          case "heal":
            for (const place of specs.keys()) trial.fail(place, false);
            trial.poke(false);
            check();
            break;
          case "poke":
          case "reconnect":
            trial.poke(one.kind === "reconnect");
            check();
            break;
          case "restart":
            trial.restart();
        }
      }
      for (const place of specs.keys()) trial.fail(place, false);
      trial.poke(false);
      check();
    }),
    { numRuns: 400 },
  );
}, 60_000);
