import { BothyError } from "../errors/index.ts";
import type { StoredKey, StoredRow } from "./client-storage.ts";

/** A row as a database without structured clones keeps it: JSON text, and the bytes that it points into. */
export interface PackedRow {
  readonly text: string;
  readonly bytes: Uint8Array | null;
}

/** Packs a row; throws `value_invalid` for what is no plain content. */
export function packRow(row: StoredRow): PackedRow {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const pack = (value: unknown): unknown => {
    switch (typeof value) {
      case "string":
      case "boolean":
      case "undefined":
        return value;
      case "number":
        if (Number.isFinite(value)) return value;
        break;
      case "function":
      case "symbol":
        break;
      case "bigint":
        return { $: "bigint", text: String(value) };
      case "object": {
        if (value === null) return null;
        if (Array.isArray(value)) return value.map(pack);
        const bytes = bytesOf(value);
        if (bytes) {
          chunks.push(bytes);
          length += bytes.length;
          return {
            $: value instanceof ArrayBuffer ? "buffer" : "bytes",
            at: length - bytes.length,
            size: bytes.length,
          };
        }
        const prototype: unknown = Object.getPrototypeOf(value);
        if (prototype !== Object.prototype && prototype !== null) break;
        const packed = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, pack(part)]));
        return "$" in packed ? { $: "object", of: Object.entries(packed) } : packed;
      }
    }
    throw new BothyError("value_invalid", { message: `A ${typeof value} can't be stored.` });
  };
  const text = JSON.stringify(pack(row)) ?? "null";
  return { text, bytes: chunks.length === 0 ? null : joined(chunks, length) };
}

/** Unpacks what `packRow` has made. */
export function unpackRow(text: string, bytes: Uint8Array): StoredRow {
  const unpack = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(unpack);
    const { $: kind, ...rest } = value as Readonly<Record<string, unknown>>;
    switch (kind) {
      case undefined:
        return Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, unpack(part)]));
      case "bigint":
        return BigInt(String(rest["text"]));
      case "object":
        return Object.fromEntries((rest["of"] as [string, unknown][]).map(([name, part]) => [name, unpack(part)]));
      default: {
        const at = Number(rest["at"]);
        // A copy: the caller's bytes are its own.
        const own = bytes.slice(at, at + Number(rest["size"]));
        return kind === "buffer" ? own.buffer : own;
      }
    }
  };
  return unpack(JSON.parse(text));
}

/** A key as bytes that order as keys do: numbers before strings, shorter keys first. */
export function packKey(key: StoredKey): Uint8Array {
  const bytes: number[] = [];
  for (const part of key) {
    if (typeof part === "number") bytes.push(1, ...numberBytes(part));
    else bytes.push(2, ...stringBytes(part));
  }
  return Uint8Array.from(bytes);
}

function numberBytes(value: number): readonly number[] {
  const view = new DataView(new ArrayBuffer(8));
  // Minus zero is zero, as in IndexedDB.
  view.setFloat64(0, value + 0);
  const bytes = [...new Uint8Array(view.buffer)];
  const isNegative = (bytes[0] ?? 0) >= 128;
  return bytes.map((byte, place) => (isNegative ? 255 - byte : place === 0 ? byte + 128 : byte));
}

/** Code units, highest byte first. Zero, which also ends a string, is followed by ones. */
function stringBytes(text: string): readonly number[] {
  const bytes: number[] = [];
  for (let place = 0; place < text.length; place++) {
    const unit = text.charCodeAt(place);
    bytes.push(unit >> 8, unit & 255);
    if (unit === 0) bytes.push(255, 255);
  }
  return [...bytes, 0, 0, 0, 0];
}

function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof Uint8Array ? value : undefined;
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
