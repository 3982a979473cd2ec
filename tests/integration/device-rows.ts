import { documentKeys, keyRangeOf, parseValue, rangeSpecFromJson, rangeTag, tableOf } from "bothy/internal";
import type { Document, HelloCursor, Json, KeyRange, Poke, Schema, Welcome } from "bothy/internal";

/** A row as it is held. */
export interface DeviceRow {
  readonly table: string;
  readonly version: number;
  readonly document: Document;
}

interface HeldRange {
  readonly spec: Json;
  readonly edge: string | null;
  readonly keys: KeyRange;
}

/**
 * The rows that a device holds by docs/spec/sync.md, computed the slow and obvious way, and what a deployment did that it
 * may not do: rows outside of every granted range, ids that this device never held, versions that go back.
 */
export class DeviceRows {
  readonly byId: Map<string, DeviceRow> = new Map();
  readonly problems: string[] = [];
  cursor: HelloCursor | undefined;
  server: string | undefined;
  epoch: string | undefined;
  /** The version of the last poke of this connection; 0 before the first. */
  at = 0;
  readonly #schema: Schema;
  readonly #everHeld = new Set<string>();
  #rangeByNumber = new Map<number, HeldRange>();
  #parts: Poke[] = [];

  constructor(schema: Schema) {
    this.#schema = schema;
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

  /** SY23: rows of another history are worth nothing. */
  welcome({ server, epoch }: Welcome): void {
    if (this.server !== undefined && (this.server !== server || this.epoch !== epoch)) {
      this.byId.clear();
      this.cursor = undefined;
    }
    this.server = server;
    this.epoch = epoch;
  }

  keepCursor({ seal, version }: { readonly seal: string; readonly version: number }): void {
    const ranges = [...this.#rangeByNumber.values()].map(({ spec, edge }) => [rangeTag(spec), edge] as const);
    this.cursor = { seal, version, ranges };
  }

  /** Takes one message of a poke; nothing of it counts before the last has come. */
  take(part: Poke): void {
    this.#parts.push(part);
    if (part.header.more === true) return;
    const parts = this.#parts;
    this.#parts = [];
    for (const { header } of parts) this.#takeHeader(header);
    const listed = this.#rowsOf(parts);
    this.#removeGone(parts);
    this.#removeUnlisted(parts, listed);
    for (const [id, row] of listed) {
      if (!this.#isHeld(row)) this.problems.push(`${id} is sent, but lies in no range that is held`);
      this.byId.set(id, row);
      this.#everHeld.add(id);
    }
    // SY10: what lies in no range any more is dropped in this very poke.
    for (const [id, row] of this.byId) if (!this.#isHeld(row)) this.byId.delete(id);
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

  #rowsOf(parts: readonly Poke[]): Map<string, DeviceRow> {
    const listed = new Map<string, DeviceRow>();
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
      if (!this.#everHeld.has(id)) this.problems.push(`${id} is named as gone, but was never here`);
      this.byId.delete(id);
    }
  }

  /** SY8, SY9: of a whole range everything is listed, of a kept one everything newer than the cursor. */
  #removeUnlisted(parts: readonly Poke[], listed: ReadonlyMap<string, DeviceRow>): void {
    const since = parts.find(({ header }) => header.since !== undefined)?.header.since ?? 0;
    for (const [number, , , how] of parts.flatMap(({ header }) => header.grant ?? [])) {
      for (const [id, row] of this.byId) {
        const isStale = how === "whole" || row.version > since;
        if (isStale && !listed.has(id) && this.#isInside(number, row)) this.byId.delete(id);
      }
    }
  }

  #isHeld(row: DeviceRow): boolean {
    return [...this.#rangeByNumber.keys()].some((number) => this.#isInside(number, row));
  }

  #isInside(number: number, row: DeviceRow): boolean {
    const keys = this.#rangeByNumber.get(number)?.keys;
    if (keys === undefined || keys.table !== row.table) return false;
    const table = tableOf(this.#schema, row.table);
    const key = documentKeys(table, row.document)[table.indexes.findIndex(({ name }) => name === keys.index)];
    return key !== undefined && key >= keys.lower && key < keys.upper;
  }
}
