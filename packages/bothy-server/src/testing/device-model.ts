import { documentKeys, keyRangeOf, parseValue, rangeSpecFromJson, rangeTag, tableOf } from "bothy/internal";
import type {
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
  #rangeByNumber = new Map<number, ModelRange>();
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
    copy.#parts = [...this.#parts];
    return copy;
  }

  /** A new socket: numbers of the one before mean nothing any more. Returns what its hello says. */
  connect(): { readonly server?: string; readonly epoch?: string; readonly cursor?: HelloCursor } {
    this.#rangeByNumber = new Map();
    this.#parts = [];
    this.at = 0;
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

  /** Takes one message of a poke; nothing of it counts before the last has come. True: this was the last. */
  take(part: Poke): boolean {
    this.#parts.push(part);
    if (part.header.more === true) return false;
    const parts = this.#parts;
    this.#parts = [];
    for (const { header } of parts) this.#takeHeader(header);
    const listed = this.#rowsOf(parts);
    this.#removeGone(parts);
    this.#removeUnlisted(parts, listed);
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
    for (const [number, spec, edge] of header.grant ?? []) this.#hold(number, spec, edge);
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

  /** SY8, SY9: of a whole range everything is listed, of a kept one everything newer than the cursor. */
  #removeUnlisted(parts: readonly Poke[], listed: ReadonlyMap<string, ModelRow>): void {
    const since = parts.find(({ header }) => header.since !== undefined)?.header.since ?? 0;
    for (const [number, , , how] of parts.flatMap(({ header }) => header.grant ?? [])) {
      for (const [id, row] of this.rows) {
        const isStale = how === "whole" || row.version > since;
        if (isStale && !listed.has(id) && this.#isInside(number, row)) this.rows.delete(id);
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
