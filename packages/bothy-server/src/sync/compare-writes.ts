import { fieldDigests } from "bothy/internal";
import type { FieldDigest, Wrote } from "bothy/internal";
import type { DocumentWrite } from "../engine/index.ts";

/** What two runs of one call wrote differently in a table. */
export interface WriteDifference {
  readonly table: string;
  /** `fields`: both wrote the document, with other fields; else only one of them wrote it, or only one deleted it. */
  readonly kind: "fields" | "device" | "server" | "deleted";
  /** Names of the top-level fields that differ, sorted. */
  readonly fields: readonly string[];
}

/** Compares what a run on a device wrote with what the deployment's run writes: differences by table, empty if there are none (SY71). */
export function compareWrites(
  device: Wrote["documents"],
  server: readonly DocumentWrite[],
): readonly WriteDifference[] {
  const found = new Map<
    string,
    { readonly table: string; readonly kind: WriteDifference["kind"]; fields: Set<string> }
  >();
  const note = (table: string, kind: WriteDifference["kind"], fields: readonly string[]): void => {
    const key = `${table} ${kind}`;
    const noted = found.get(key) ?? { table, kind, fields: new Set<string>() };
    found.set(key, noted);
    for (const field of fields) noted.fields.add(field);
  };
  const unmatched = new Map(device.map((one) => [`${one[0]} ${one[1]}`, one]));
  for (const { table, id, text, merges } of server) {
    const key = `${table} ${id}`;
    const here = unmatched.get(key);
    unmatched.delete(key);
    if (here === undefined) {
      note(table, "server", []);
      continue;
    }
    // Operations are applied to what the document is by then.
    if (merges !== undefined) continue;
    const [, , fields] = here;
    if (text === null || fields === null) {
      if (text !== fields) note(table, "deleted", []);
      continue;
    }
    const differing = differingFields(fields, fieldDigests(text));
    if (differing.length > 0) note(table, "fields", differing);
  }
  for (const [table] of unmatched.values()) note(table, "device", []);
  return [...found.values()].map((one) => ({ ...one, fields: [...one.fields].toSorted() }));
}

function differingFields(device: readonly FieldDigest[], server: readonly FieldDigest[]): readonly string[] {
  const digests = new Map(device);
  const others = new Map(server);
  return [...new Set([...digests.keys(), ...others.keys()])].filter(
    (field) => digests.get(field) !== others.get(field),
  );
}

/** Says differences in words. */
export function describeDifferences(differences: readonly WriteDifference[]): string {
  return differences.map(describe).join("; ");
}

function describe({ table, kind, fields }: WriteDifference): string {
  switch (kind) {
    case "fields":
      return `other values in ${fields.map((field) => `${table}.${field}`).join(", ")}`;
    case "device":
      return `documents of ${table} were written on the device only`;
    case "server":
      return `documents of ${table} were written on the server only`;
    case "deleted":
      return `documents of ${table} were deleted on one side only`;
  }
}
