import { validatorFromJson, shapeOf } from "bothy/internal";
import type { Json } from "bothy/internal";
import { functionsTable } from "../auth/index.ts";
import type { DocumentWrite, Engine } from "../engine/index.ts";
import { passes } from "./fits.ts";
import { idFor, readAll, textIn, writeOf } from "./system-documents.ts";
import type { SystemEngine } from "./system-documents.ts";

/** A mutation of the app that devices may call. */
export interface AppMutation {
  readonly name: string;
  /** Of its arguments; empty where devices do not know it. */
  readonly version: string;
  /** The validator of its arguments; null: it takes any. */
  readonly args: Json;
  /** Versions of its arguments that it brings up itself. */
  readonly upcasts: readonly string[];
}

/** Arguments by function and version, as they were once declared here. */
export type KnownArguments = ReadonlyMap<string, Json>;

/** The arguments of all mutations that have been in force here. */
export function readArguments(engine: Pick<Engine, "schema" | "read">): KnownArguments {
  return new Map(
    readAll(engine, functionsTable).map((document) => [
      keyOf(textIn(document, "name"), textIn(document, "version")),
      JSON.parse(textIn(document, "args")) as Json,
    ]),
  );
}

/** What has to be written so that the arguments of these mutations are known later. */
export function argumentsWrites(
  engine: SystemEngine,
  mutations: readonly AppMutation[],
  nowMs: number,
): readonly DocumentWrite[] {
  const known = readArguments(engine);
  return mutations
    .filter(({ name, version }) => version !== "" && !known.has(keyOf(name, version)))
    .map(({ name, version, args }) => {
      const fields = { name, version, args: JSON.stringify(args) };
      return writeOf(engine, functionsTable, { id: idFor(functionsTable, keyOf(name, version)), fields, nowMs });
    });
}

/** Tells whether calls of a version will be taken: nothing has changed, they are brought up, or their arguments pass as they are. */
export function takesCalls(mutation: AppMutation | undefined, version: string, known: KnownArguments): boolean {
  if (mutation === undefined) return false;
  if (version === mutation.version || version === "" || mutation.upcasts.includes(version)) return true;
  if (mutation.args === null) return true;
  const args = known.get(keyOf(mutation.name, version));
  if (args === undefined || args === null) return false;
  return passes(shapeOf(validatorFromJson(args)), shapeOf(validatorFromJson(mutation.args)));
}

function keyOf(name: string, version: string): string {
  return `${name}@${version}`;
}
