import { BothyError, isSystemTable, schemaToJson } from "bothy/internal";
import type { Schema } from "bothy/internal";
import type { Engine } from "../engine/index.ts";
import { assertAppTable } from "./tables.ts";

/** One piece of the export is about this long. */
const pieceCharacters = 256 * 1024;

/**
 * The documents of an app's tables as of one durable version, as lines: `["export", {server, version, schema}]`, then for
 * each table `["table", name]`, its documents' canonical texts and `["end", name, count]`, then `["done", count]`. An
 * export without its last line is not whole. Whoever stops early ends the generator, which closes the snapshot.
 */
export function* exportTables(engine: Engine, tables: readonly string[] | undefined): Generator<string, void> {
  const names = tables ?? Object.keys(engine.schema.tables).filter((name) => !isSystemTable(name));
  for (const name of names) assertAppTable(engine.schema, name);
  if (new Set(names).size < names.length) throw namedTwice(names);
  const snapshot = engine.openSnapshot();
  try {
    const { version } = snapshot;
    yield line("export", { server: engine.serverId, version, schema: schemaOf(engine.schema, names) });
    let total = 0;
    for (const name of names.toSorted()) {
      yield line("table", name);
      const cursor = snapshot.cursor({ table: name, index: "by_id", equalities: 0, lower: "", upper: "\u00ff" });
      let count = 0;
      for (let isWhole = false; !isWhole;) {
        const piece = cursor.next(pieceCharacters);
        ({ isWhole } = piece);
        count += piece.documents.length;
        if (piece.documents.length > 0) yield `${piece.documents.map(({ text }) => text).join("\n")}\n`;
      }
      yield line("end", name, count);
      total += count;
    }
    yield line("done", total);
  } finally {
    snapshot.close();
  }
}

function line(...parts: readonly unknown[]): string {
  return `${JSON.stringify(parts)}\n`;
}

function schemaOf(schema: Schema, names: readonly string[]): object {
  const { tables } = schemaToJson(schema);
  return { tables: tables.filter(({ name }) => names.includes(name)) };
}

function namedTwice(names: readonly string[]): BothyError {
  return new BothyError("arguments_invalid", {
    message: `A table is named twice: ${names.join(", ")}.`,
    fix: "Name each table once.",
  });
}
