import { BothyError, decodeValue, makeId, validate } from "bothy/internal";
import type { Json, Value, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import { transact } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { listDevices } from "./devices.ts";
import { idBytes } from "./id-bytes.ts";
import { beginImport, findTaken, finishImport, readImport, sweepImport, undoImport, writeImport } from "./imports.ts";
import type { EngineContext, EngineFunction, SystemFunction } from "./system-function.ts";
import { isEmpty, readSchema } from "./tables.ts";

const functions: ReadonlyMap<string, SystemFunction> = new Map(
  [isEmpty, readSchema].map((declared) => [declared.name, declared]),
);

const engineFunctions: ReadonlyMap<string, EngineFunction> = new Map(
  [readImport, beginImport, writeImport, sweepImport, finishImport, undoImport, findTaken, listDevices].map(
    (declared) => [declared.name, declared],
  ),
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
  const overEngine = engineFunctions.get(name);
  if (overEngine !== undefined) return await callOverEngine({ engine, world }, overEngine, args);
  const declared = functions.get(name);
  if (!declared) {
    throw new BothyError("function_missing", {
      message: `Bothy has no system function "${name}".`,
      fix: `Call one of: ${[...functions.keys(), ...engineFunctions.keys()].join(", ")}.`,
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

async function callOverEngine(
  context: EngineContext,
  declared: EngineFunction,
  args: Json,
): Promise<{ readonly value: Value; readonly version: Version }> {
  const value = decodeValue(args);
  validate(declared.args, value, "arguments_invalid", declared.name);
  const outcome = await declared.run(context, value);
  await context.engine.whenDurable(outcome.version);
  return outcome;
}
