import {
  digestOfRows,
  digestText,
  documentKeys,
  keyRangeOf,
  parseValue,
  printOfRow,
  rangeNumber,
  rangeSpecFromJson,
  rangeTag,
  readPrints,
  sumOfDigests,
  tableOf,
} from "bothy/internal";
import type {
  CheckMessage,
  Document,
  HelloCursor,
  Json,
  KeyRange,
  Poke,
  PokeHeader,
  Schema,
  ServerMessage,
  Welcome,
} from "bothy/internal";

/** A row as it is held. */
export interface ModelRow {
  readonly table: string;
  readonly version: number;
  readonly document: Document;
}

/** A range as it is held. */
export interface ModelRange {
  readonly spec: Json;
  readonly edge: string | null;
  readonly keys: KeyRange;
}

/**
 * The rows that a device holds by its pokes, and what a deployment did that it may not do: rows outside of every granted
 * range, ids that this device never held, versions that go back.
 */
export class DeviceModel {
  readonly rows: Map<string, ModelRow> = new Map();
  /** Every id that was ever here. */
  readonly everHeld: Set<string> = new Set();
  readonly problems: string[] = [];
  cursor: HelloCursor | undefined;
  server: string | undefined;
  epoch: string | undefined;
  /** The version of the last poke of this connection; 0 before the first. */
  at = 0;
  readonly #schema: Schema;
  /** Ranges that it has been asked to compare, which it leaves to others. */
  readonly unproven: Set<number> = new Set();
  #rangeByNumber = new Map<number, ModelRange>();
  /** What was held over sockets before, by number. */
  #rangeBefore: ReadonlyMap<number, ModelRange> = new Map();
  #parts: Poke[] = [];

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The ranges that it holds. */
  get ranges(): readonly ModelRange[] {
    return [...this.#rangeByNumber.values()];
  }

  /** A copy that goes its own way. */
  clone(): DeviceModel {
    const copy = new DeviceModel(this.#schema);
    for (const [id, row] of this.rows) copy.rows.set(id, row);
    for (const id of this.everHeld) copy.everHeld.add(id);
    copy.problems.push(...this.problems);
    copy.cursor = this.cursor;
    copy.server = this.server;
    copy.epoch = this.epoch;
    copy.at = this.at;
    copy.#rangeByNumber = new Map(this.#rangeByNumber);
    copy.#rangeBefore = this.#rangeBefore;
    for (const number of this.unproven) copy.unproven.add(number);
    copy.#parts = [...this.#parts];
    return copy;
  }

  /** A new socket: numbers of the one before mean nothing any more. Returns what its hello says. */
  connect(): { readonly server?: string; readonly epoch?: string; readonly cursor?: HelloCursor } {
    this.#rangeBefore = new Map([...this.#rangeBefore, ...this.#rangeByNumber]);
    this.#rangeByNumber = new Map();
    this.#parts = [];
    this.at = 0;
    this.unproven.clear();
    const { server, epoch, cursor } = this;
    return {
      ...(server === undefined ? {} : { server }),
      ...(epoch === undefined ? {} : { epoch }),
      ...(cursor === undefined ? {} : { cursor }),
    };
  }

  /** Takes any message; those that say nothing of rows are passed over. */
  receive(message: Poke | Exclude<ServerMessage, PokeHeader>): void {
    if (message.type === "welcome") this.welcome(message);
    else if (message.type === "poke") this.take(message);
    else if (message.type === "cursor") this.keepCursor(message);
    else if (message.type === "check") this.check(message);
  }

  /** Takes them in order, and is what it then is. */
  receiveAll(messages: readonly Parameters<DeviceModel["receive"]>[0][]): this {
    for (const message of messages) this.receive(message);
    return this;
  }

  /** SY23: rows of another history are worth nothing. */
  welcome({ server, epoch }: Pick<Welcome, "server" | "epoch">): void {
    if (this.server !== undefined && (this.server !== server || this.epoch !== epoch)) {
      this.rows.clear();
      this.cursor = undefined;
    }
    this.server = server;
    this.epoch = epoch;
  }

  /** The cursor speaks of the ranges as they are at this moment. */
  keepCursor({ seal, version }: { readonly seal: string; readonly version: number }): void {
    const ranges = this.ranges.map(({ spec, edge }) => [rangeTag(spec), edge] as const);
    this.cursor = { seal, version, ranges };
  }

  /** SY36: what is held is what the deployment says. */
  check({ version, sum, ranges }: CheckMessage): void {
    const own = [...this.#rangeByNumber.keys()].map((number) => this.#proof(number));
    if (version !== this.at) this.problems.push(`a check of ${version} follows a poke to ${this.at}`);
    if (this.unproven.size > 0) return;
    if (sum !== undefined && sumOfDigests(own) !== sum)
      this.problems.push(`the sum of all ranges at ${version} is another`);
    for (const [number, count, digest] of ranges ?? []) {
      const [, ownCount, ownDigest] = this.#proof(number);
      if (count !== ownCount || digest !== ownDigest) this.problems.push(`range ${number} is another at ${version}`);
    }
  }

  #proof(number: number): readonly [range: number, count: number, digest: string] {
    const inside = [...this.rows].filter(([, row]) => this.#isInside(number, row));
    const digest = digestOfRows(inside.map(([id, { version }]) => ({ id, version })));
    return [number, digest.count, digestText(digest)];
  }

  /** Takes one message of a poke; nothing of it counts before the last has come. True: this was the last. */
  take(part: Poke): boolean {
    this.#parts.push(part);
    if (part.header.more === true) return false;
    const parts = this.#parts;
    this.#parts = [];
    const kept = this.#keep(parts);
    for (const { header } of parts) this.#takeHeader(header);
    const listed = this.#rowsOf(parts);
    this.#removeGone(parts);
    this.#removeUnlisted(parts, listed, kept);
    this.#removeUnprinted(parts, listed);
    for (const [id, row] of listed) {
      if (!this.#isHeld(row)) this.problems.push(`${id} is sent, but lies in no range that is held`);
      this.rows.set(id, row);
      this.everHeld.add(id);
    }
    // SY10: what lies in no range any more is dropped in this very poke.
    for (const [id, row] of this.rows) if (!this.#isHeld(row)) this.rows.delete(id);
    return true;
  }

  #takeHeader(header: Poke["header"]): void {
    if (header.to < this.at) this.problems.push(`a poke to ${header.to} follows one to ${this.at}`);
    this.at = header.to;
    for (const number of header.drop ?? []) this.#rangeByNumber.delete(number);
    for (const [number, spec, edge] of header.grant ?? []) {
      if (number !== rangeNumber(rangeTag(spec))) this.problems.push(`range ${number} has not the number of its tag`);
      this.#hold(number, spec, edge);
    }
    for (const number of header.compare ?? []) this.unproven.add(number);
    for (const [number, edge] of header.edges ?? []) {
      const range = this.#rangeByNumber.get(number);
      if (range) this.#hold(number, range.spec, edge);
      else this.problems.push(`the edge of range ${number} moves, which is not held`);
    }
  }

  #hold(number: number, spec: Json, edge: string | null): void {
    const keys = keyRangeOf(this.#schema, rangeSpecFromJson(spec));
    const lower = edge !== null && edge > keys.lower ? edge : keys.lower;
    this.#rangeByNumber.set(number, { spec, edge, keys: { ...keys, lower } });
  }

  #rowsOf(parts: readonly Poke[]): Map<string, ModelRow> {
    const listed = new Map<string, ModelRow>();
    for (const [number, rows] of parts.flatMap(({ chunks }) => chunks)) {
      const range = this.#rangeByNumber.get(number);
      if (range === undefined) this.problems.push(`a chunk of range ${number}, which is not held`);
      for (const [version, json] of rows) {
        const document = parseValue(JSON.stringify(json)) as Document;
        listed.set(document._id, { table: range?.keys.table ?? "", version, document });
      }
    }
    return listed;
  }

  /** SY7: all that is gone goes before any row comes. */
  #removeGone(parts: readonly Poke[]): void {
    for (const id of parts.flatMap(({ chunks }) => chunks.flatMap(([, , gone]) => gone))) {
      if (!this.everHeld.has(id)) this.problems.push(`${id} is named as gone, but was never here`);
      this.rows.delete(id);
    }
  }

  /** SY35: the ranges of the cursor are held again, save those at the named places. */
  #keep(parts: readonly Poke[]): readonly number[] {
    const first = parts.find(({ header }) => header.since !== undefined);
    if (first === undefined) return [];
    const granted = new Set(parts.flatMap(({ header }) => (header.grant ?? []).map(([number]) => number)));
    return (this.cursor?.ranges ?? []).flatMap(([tag, edge], place) => {
      const number = rangeNumber(tag);
      if (first.header.without?.includes(place) === true || granted.has(number)) return [];
      const range = this.#rangeBefore.get(number);
      if (range === undefined) this.problems.push(`range ${number} is kept, which was never held`);
      else this.#hold(number, range.spec, edge);
      // The edge has moved after the cursor: what lies between may be here or not.
      if (range?.edge !== edge) this.unproven.add(number);
      return [number];
    });
  }

  /** SY8, SY9: of a whole range everything is listed, of a kept one everything newer than the cursor. */
  #removeUnlisted(parts: readonly Poke[], listed: ReadonlyMap<string, ModelRow>, kept: readonly number[]): void {
    const since = parts.find(({ header }) => header.since !== undefined)?.header.since ?? 0;
    const granted = parts.flatMap(({ header }) => (header.grant ?? []).map(([number]) => number));
    const bounds = [...granted.map((number) => [number, -1]), ...kept.map((number) => [number, since])];
    for (const [number = 0, newerThan = 0] of bounds) {
      for (const [id, row] of this.rows)
        if (row.version > newerThan && !listed.has(id) && this.#isInside(number, row)) this.rows.delete(id);
    }
  }

  /** SY41: where it is not known what has left, what is still there is told. */
  #removeUnprinted(parts: readonly Poke[], listed: ReadonlyMap<string, ModelRow>): void {
    for (const [number, prints] of parts.flatMap(({ header }) => header.still ?? [])) {
      const still = new Set(readPrints(prints));
      for (const [id, { version, ...row }] of this.rows) {
        const isHere = listed.has(id) || still.has(printOfRow({ id, version }));
        if (!isHere && this.#isInside(number, { ...row, version })) this.rows.delete(id);
      }
    }
  }

  #isHeld(row: ModelRow): boolean {
    return [...this.#rangeByNumber.keys()].some((number) => this.#isInside(number, row));
  }

  #isInside(number: number, row: ModelRow): boolean {
    const keys = this.#rangeByNumber.get(number)?.keys;
    if (keys === undefined || keys.table !== row.table) return false;
    const table = tableOf(this.#schema, row.table);
    const key = documentKeys(table, row.document)[table.indexes.findIndex(({ name }) => name === keys.index)];
    return key !== undefined && key >= keys.lower && key < keys.upper;
  }
}
