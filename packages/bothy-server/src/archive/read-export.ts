import { assert } from "bothy/internal";
import type { Json } from "bothy/internal";

/** What an export says before its documents. */
export interface ExportHead {
  readonly server: string;
  readonly version: number;
  readonly schema: Json;
}

/** A table of an export; its documents are read once, before the next table is asked for. */
export interface ExportedTable {
  readonly name: string;
  /** Canonical texts, in the order of their ids. */
  documents(): AsyncGenerator<string>;
}

/** Reads the lines of an export: its head, then its tables one after the other. */
export async function readExport(
  lines: AsyncIterable<string>,
): Promise<{ readonly head: ExportHead; tables(): AsyncGenerator<ExportedTable> }> {
  const reader = lines[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await reader.next();
    assert(done !== true, "an export ends with its last line");
    return value;
  };
  const [word, head] = JSON.parse(await next()) as [string, ExportHead];
  assert(word === "export", "an export begins with its head");
  return { head, tables: () => readTables(next) };
}

async function* readTables(next: () => Promise<string>): AsyncGenerator<ExportedTable> {
  for (;;) {
    const [word, name] = JSON.parse(await next()) as [string, string];
    if (word === "done") return;
    assert(word === "table", "a table follows a table");
    yield { name, documents: () => readDocuments(next) };
  }
}

async function* readDocuments(next: () => Promise<string>): AsyncGenerator<string> {
  for (let count = 0; ; count++) {
    const line = await next();
    if (line.startsWith("{")) yield line;
    else {
      const [word, , expected] = JSON.parse(line) as [string, string, number];
      assert(word === "end" && expected === count, "a table ends after as many documents as it says");
      return;
    }
  }
}
