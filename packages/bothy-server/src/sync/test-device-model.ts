/** What a device makes of its pokes, as docs/spec/sync.md says it and in no other way; for the tests of `sync` only. */
import { documentKeys, keyRangeOf, parseValue, rangeSpecFromJson, rangeTag, tableOf } from "bothy/internal";
import type { Document, Hello, HelloCursor, Json, KeyRange, Poke, Schema } from "bothy/internal";
import type { Incoming } from "./test-deployment.ts";

interface ModelRow {
  readonly table: string;
  readonly version: number;
  readonly document: Document;
}

interface ModelRange {
  readonly spec: Json;
  readonly edge: string | null;
  readonly keys: KeyRange;
}

export class DeviceModel {
  readonly rows = new Map<string, ModelRow>();
  readonly everHeld = new Set<string>();
  readonly problems: string[] = [];
  cursor: HelloCursor | undefined;
  server: string | undefined;
  epoch: string | undefined;
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

  /** A new socket: numbers of the one before mean nothing any more. */
  connect(): Partial<Hello> {
    this.#rangeByNumber = new Map();
    this.#parts = [];
    this.at = 0;
    return {
      ...(this.server === undefined ? {} : { server: this.server }),
      ...(this.epoch === undefined ? {} : { epoch: this.epoch }),
      ...(this.cursor === undefined ? {} : { cursor: this.cursor }),
    };
  }

  receive(message: Incoming): void {
    if (message.type === "welcome") {
      if (this.epoch !== undefined && (this.epoch !== message.epoch || this.server !== message.server)) {
        this.rows.clear();
        this.cursor = undefined;
      }
      this.server = message.server;
      this.epoch = message.epoch;
    } else if (message.type === "poke") {
      this.#parts.push(message);
      if (message.header.more) return;
      this.#apply(this.#parts);
      this.#parts = [];
    } else if (message.type === "cursor") {
      const ranges = this.ranges.map(({ spec, edge }) => [rangeTag(spec), edge] as const);
      this.cursor = { seal: message.seal, version: message.version, ranges };
    }
  }

  #apply(parts: readonly Poke[]): void {
    const listed = new Map<string, ModelRow>();
    const gone: string[] = [];
    for (const { header } of parts) {
      if (header.to < this.at) this.problems.push(`a poke goes back to ${header.to}`);
      this.at = header.to;
      for (const number of header.drop ?? []) this.#rangeByNumber.delete(number);
      for (const [number, spec, edge] of header.grant ?? []) this.#rangeByNumber.set(number, this.#rangeOf(spec, edge));
      for (const [number, edge] of header.edges ?? []) {
        const range = this.#rangeByNumber.get(number);
        if (range) this.#rangeByNumber.set(number, this.#rangeOf(range.spec, edge));
        else this.problems.push(`an edge of range ${number}, which was not granted`);
      }
    }
    for (const { chunks } of parts) {
      for (const [number, rows, left] of chunks) {
        const range = this.#rangeByNumber.get(number);
        if (range === undefined) this.problems.push(`a chunk of range ${number}, which is not held`);
        gone.push(...left);
        for (const [version, json] of rows) {
          const document = parseValue(JSON.stringify(json)) as Document;
          listed.set(document._id, { table: range?.keys.table ?? "", version, document });
        }
      }
    }
    for (const id of gone) {
      if (!this.everHeld.has(id)) this.problems.push(`${id} is named as gone, but was never here`);
      this.rows.delete(id);
    }
    for (const { header } of parts) {
      for (const [number, , , how] of header.grant ?? []) {
        const since = how === "whole" ? -1 : (parts[0]?.header.since ?? 0);
        for (const [id, row] of this.rows) {
          if (this.#isInside(number, row) && row.version > since && !listed.has(id)) this.rows.delete(id);
        }
      }
    }
    for (const [id, row] of listed) {
      if (!this.#isHeld(row)) this.problems.push(`${id} is listed, but lies in no held range`);
      this.rows.set(id, row);
      this.everHeld.add(id);
    }
    for (const [id, row] of this.rows) if (!this.#isHeld(row)) this.rows.delete(id);
  }

  #rangeOf(spec: Json, edge: string | null): ModelRange {
    const keys = keyRangeOf(this.#schema, rangeSpecFromJson(spec));
    return { spec, edge, keys: edge === null ? keys : { ...keys, lower: edge > keys.lower ? edge : keys.lower } };
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
