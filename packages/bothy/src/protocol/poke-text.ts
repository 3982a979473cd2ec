import { BothyError } from "../errors/index.ts";
import type { Chunk, PokeHeader, ServerMessage, Version } from "./messages.ts";

/** A row of a chunk on its way through the server: the document is text that nobody parses there. */
export interface ChunkRow {
  readonly version: Version;
  readonly text: string;
}

/** One part of a poke as it arrived. */
export interface Poke {
  readonly type: "poke";
  readonly header: PokeHeader;
  readonly chunks: readonly Chunk[];
}

/** Makes the text of one range's changes; the documents' texts go into it as they are. */
export function chunkText(range: number, rows: readonly ChunkRow[], gone: readonly string[]): string {
  let text = `[${range},[`;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (row) text += `${i === 0 ? "" : ","}[${row.version},${row.text}]`;
  }
  return `${text}],${JSON.stringify(gone)}]`;
}

/** Makes the text of a poke from this device's header and the chunks that it shares with others. */
export function pokeText(header: PokeHeader, chunks: readonly string[]): string {
  // JSON text has no raw line break, so a line break separates.
  return chunks.length === 0 ? JSON.stringify(header) : `${JSON.stringify(header)}\n${chunks.join("\n")}`;
}

/** Reads a poke back from its text. */
export function parsePoke(text: string): Poke {
  const message = parseServerMessage(text);
  if (message.type === "poke") return message;
  throw unreadable();
}

/** Reads any message of a deployment. Its content is trusted: only that it is such a message is checked. */
export function parseServerMessage(text: string): Poke | Exclude<ServerMessage, PokeHeader> {
  try {
    const [first, ...chunks] = text.split("\n").map((line): unknown => JSON.parse(line));
    if (isServerMessage(first))
      return first.type === "poke" ? { type: "poke", header: first, chunks: chunks as Chunk[] } : first;
  } catch {
    // No JSON: no message either.
  }
  throw unreadable();
}

const serverMessageTypes: ReadonlySet<unknown> = new Set<ServerMessage["type"]>([
  "welcome",
  "poke",
  "cursor",
  "check",
  "differ",
  "result",
  "scope",
  "error",
  "warning",
  "ping",
]);

function isServerMessage(json: unknown): json is ServerMessage {
  return typeof json === "object" && json !== null && "type" in json && serverMessageTypes.has(json.type);
}

function unreadable(): BothyError {
  return new BothyError("frame_invalid", {
    message: "The deployment sent something else than was expected.",
    fix: "Check the address, and that no proxy changes messages.",
  });
}
