import { assert, RangeIndex } from "bothy/internal";
import type { RangeSpec, Schema, Version } from "bothy/internal";
import { storedStamp } from "../engine/index.ts";
import type { Commit, Engine, Snapshot } from "../engine/index.ts";
import { matchWrite } from "../live/index.ts";
import type { DeviceTerms } from "./device-terms.ts";
import { isWholePrefix, keyInside, shapeOfRange } from "./live-range.ts";
import type { LiveRange, RangeShape, RangeSubscriber } from "./live-range.ts";
import { RangeCollation } from "./range-change.ts";
import { RangeTally } from "./range-tally.ts";
import { RememberedRanges } from "./remembered-ranges.ts";
import { planEdge, rowsBelow, windowOver } from "./window-edge.ts";

type ShapeBySpec = WeakMap<RangeSpec, RangeShape | "none">;

/** The ranges that connected devices hold, and what each group of durable commits changes in them. */
export class RangeHub {
  readonly #engine: Engine;
  readonly #rangeById = new Map<string, LiveRange>();
  readonly #stopByRange = new Map<LiveRange, () => void>();
  readonly #index = new RangeIndex<LiveRange>();
  /** Windows whose edge has to move once a snapshot of this version can be had. */
  readonly #dueWindows = new Set<LiveRange>();
  /** Checked shapes; scopes return the same ranges again and again. */
  #shapeBySpec: ShapeBySpec = new WeakMap();
  /** The same in the terms of devices with another schema. */
  #shapeBySpecByTerms = new WeakMap<DeviceTerms, ShapeBySpec>();
  /** The schema that these shapes are of. */
  #schema: Schema | undefined;
  readonly #remembered = new RememberedRanges();
  #version: Version;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#version = engine.durableVersion;
  }

  /** Everything durable up to this version has been told to subscribers. */
  get version(): Version {
    return this.#version;
  }

  get size(): number {
    return this.#rangeById.size;
  }

  /** Checks a range that a scope returned; fails with what is wrong with it. undefined: the device has no words for it. */
  shapeOf(spec: RangeSpec, terms?: DeviceTerms): RangeShape | undefined {
    const shapeBySpec = this.#shapesIn(terms);
    let shape = shapeBySpec.get(spec);
    if (shape === undefined) {
      shape = shapeOfRange(this.#engine.schema, spec, terms) ?? "none";
      shapeBySpec.set(spec, shape);
    }
    return shape === "none" ? undefined : shape;
  }

  #shapesIn(terms: DeviceTerms | undefined): ShapeBySpec {
    const { schema } = this.#engine;
    if (this.#schema !== schema) {
      this.#schema = schema;
      this.#shapeBySpec = new WeakMap();
      this.#shapeBySpecByTerms = new WeakMap();
    }
    if (terms === undefined) return this.#shapeBySpec;
    let shapeBySpec = this.#shapeBySpecByTerms.get(terms);
    if (shapeBySpec === undefined) this.#shapeBySpecByTerms.set(terms, (shapeBySpec = new WeakMap()));
    return shapeBySpec;
  }

  /** Keeps a book of what changes in ranges of this shape. `begins`: it knows nothing of what is durable now. */
  keepBook(shape: RangeShape): "begins" | "kept" {
    const before = this.#engine.version;
    this.#engine.keepBook(shape.keys);
    return this.#engine.version === before ? "kept" : "begins";
  }

  /** Subscribes to a range from the version of the snapshot on, which is the hub's own. */
  acquire(shape: RangeShape, subscriber: RangeSubscriber, snapshot: Snapshot): LiveRange {
    assert(snapshot.version === this.#version, "a range is joined at the version that has been told");
    let range = this.#rangeById.get(shape.id);
    if (range === undefined) {
      const tally = isWholePrefix(shape) ? undefined : new RangeTally();
      range = { ...shape, subscribers: new Set(), window: undefined, tally };
      this.#begin(range, snapshot);
      this.#rangeById.set(shape.id, range);
      this.#stopByRange.set(range, this.#index.add(shape.keys, range));
    }
    range.subscribers.add(subscriber);
    return range;
  }

  release(range: LiveRange, subscriber: RangeSubscriber): void {
    range.subscribers.delete(subscriber);
    if (range.subscribers.size > 0) return;
    if (!this.#dueWindows.has(range)) this.#remembered.keep(range, this.#version);
    this.#stopByRange.get(range)?.();
    this.#stopByRange.delete(range);
    this.#rangeById.delete(range.id);
    this.#dueWindows.delete(range);
  }

  #begin(range: LiveRange, snapshot: Snapshot): void {
    const { keys, newest } = range;
    if (range.tally === undefined || this.#remembered.recall(range, snapshot) || newest === undefined) return;
    const read = snapshot.read(keys, "desc", newest);
    range.window = windowOver(keys, newest, read);
    range.tally?.set(read.documents);
  }

  /** Matches a group of durable commits once against all ranges, and tells each subscriber what has changed in its own. */
  apply(commits: readonly Commit[]): void {
    this.#version = commits.at(-1)?.version ?? this.#version;
    const collations = this.#collate(commits);
    for (const [range, collation] of collations) {
      if (range.window) range.window = { ...range.window, count: range.window.count + collation.growth };
    }
    const snapshot = this.#snapshotForWindows(collations.keys());
    try {
      for (const range of this.#dueWindows)
        if (!collations.has(range)) collations.set(range, new RangeCollation(range.form));
      for (const [range, collation] of collations) this.#tell(range, collation, snapshot);
    } finally {
      snapshot?.close();
    }
  }

  #collate(commits: readonly Commit[]): Map<LiveRange, RangeCollation> {
    const collations = new Map<LiveRange, RangeCollation>();
    const touched = new Set<LiveRange>();
    for (const { version, writes, stamps } of commits) {
      for (const [at, write] of writes.entries()) {
        touched.clear();
        matchWrite(this.#index, this.#engine.schema, write, (range) => touched.add(range));
        for (const range of touched) {
          if ((write.touchedWidth ?? 0) > range.width) continue;
          let collation = collations.get(range);
          if (collation === undefined) collations.set(range, (collation = new RangeCollation(range.form)));
          collation.note(write, version, (keys) => keyInside(range, keys));
          range.tally?.note(
            write.id,
            keyInside(range, write.before) === undefined ? undefined : storedStamp(stamps[at] ?? "", range.projection),
            keyInside(range, write.after) === undefined ? undefined : version,
          );
        }
      }
    }
    return collations;
  }

  #snapshotForWindows(changed: Iterable<LiveRange>): Snapshot | undefined {
    for (const range of changed) {
      const { window, newest, keys } = range;
      if (window && newest !== undefined && planEdge(keys, newest, window) !== "stay") this.#dueWindows.add(range);
    }
    // Later groups may be durable already, and their rows are not to be shown yet: then a later call moves the edges.
    if (this.#dueWindows.size === 0 || this.#engine.durableVersion !== this.#version) return undefined;
    return this.#engine.openSnapshot();
  }

  #tell(range: LiveRange, collation: RangeCollation, snapshot: Snapshot | undefined): void {
    const moved = snapshot && this.#dueWindows.delete(range) ? moveEdge(range, snapshot) : undefined;
    const change = collation.finish(range.number, moved);
    if (change) for (const subscriber of range.subscribers) subscriber.onChange(range, change);
  }
}

function moveEdge(range: LiveRange, snapshot: Snapshot): Parameters<RangeCollation["finish"]>[1] {
  const { window, newest, keys } = range;
  assert(window && newest !== undefined, "only windows have edges");
  const read = snapshot.read(keys, "desc", newest);
  range.window = windowOver(keys, newest, read);
  range.tally?.set(read.documents);
  if (range.window.edge === window.edge) return undefined;
  return { edge: range.window.edge, rows: rowsBelow(window.edge, read, range.form) };
}
