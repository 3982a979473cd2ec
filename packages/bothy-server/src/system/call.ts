import { BothyError, decodeValue, makeId, validate } from "bothy/internal";
import type { Json, Value, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import { transact } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import type { SystemFunction } from "./system-function.ts";
import { insertDocuments, isEmpty, readSchema } from "./tables.ts";

const functions: ReadonlyMap<string, SystemFunction> = new Map(
  [isEmpty, insertDocuments, readSchema].map((declared) => [declared.name, declared]),
);

/** True for the names that `callSystem` answers. */
export function isSystemFunction(name: string): boolean {
  return name.startsWith("_system/");
}

/** Runs one of Bothy's own functions as a transaction of the server; the caller has checked the admin key. */
export async function callSystem(
  { engine, world }: { readonly engine: Engine; readonly world: World },
  name: string,
  args: Json,
): Promise<{ readonly value: Value; readonly version: Version }> {
  const declared = functions.get(name);
  if (!declared) {
    throw new BothyError("function_missing", {
      message: `Bothy has no system function "${name}".`,
      fix: `Call one of: ${[...functions.keys()].join(", ")}.`,
    });
  }
  const value = decodeValue(args);
  validate(declared.args, value, "arguments_invalid", name);
  const call = world.random.bytes(12);
  const outcome = await transact(
    engine,
    { timeMs: world.clock.nowMs(), nextId: (table, k) => makeId(table, idBytes(call, k)) },
    (db) => declared.run({ db, schema: engine.schema }, value),
  );
  return { value: outcome.result, version: outcome.version };
}

/** 96 random bits of the call and the count: the same id when the transaction is run again. */
function idBytes(call: Uint8Array, k: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(call);
  new DataView(bytes.buffer).setUint32(12, k);
  return bytes;
}
