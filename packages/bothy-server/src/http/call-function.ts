import { BothyError, decodeValue, encodeValue, hexOfBytes, isBothyError } from "bothy/internal";
import type { Json, WireError } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import { runMutation, runQuery } from "../runtime/index.ts";
import type { CallOutcome, FunctionPool } from "../runtime/index.ts";
import { callSystem, isSystemFunction } from "../system/index.ts";

/** What a call by the admin needs from the layers below. */
export interface CallParts {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: FunctionPool;
}

/** How a call ended for its caller; values are encoded. */
export type Answer = { readonly value: Json } | { readonly error: WireError };

/** Runs any function by name with the admin's rights: the app's, internal ones too, and Bothy's own. */
export async function callFunction(parts: CallParts, name: string, args: Json): Promise<Answer> {
  checkArguments(name, args);
  if (isSystemFunction(name)) return { value: encodeValue((await callSystem(parts, name, args)).value) };
  const { world, engine, pool } = parts;
  const kind = pool.functions.get(name)?.kind ?? "query";
  if (kind === "scope") throw scopeCalled(name);
  const call = {
    name,
    kind,
    mayCallInternal: true,
    args,
    identity: null,
    timeMs: world.clock.nowMs(),
    nonce: hexOfBytes(world.random.bytes(16)),
    deviceKey: hexOfBytes(world.random.bytes(32)),
  } as const;
  if (call.kind !== "mutation") return answerOf(await runQuery({ engine, pool, call }));
  holdBack(engine, name);
  const { outcome, version } = await runMutation({ engine, pool, call });
  await engine.whenDurable(version);
  return answerOf(outcome);
}

/** What writes comes again later while more waits to be stored than memory should hold (EN9). */
function holdBack(engine: Engine, name: string): void {
  const shortage = engine.diskShortage;
  if (shortage !== undefined) throw shortage;
  if (!engine.isOverloaded) return;
  throw new BothyError("overloaded", {
    message: `More waits to be stored than the deployment can hold: "${name}" was not run.`,
    fix: "Call it again in a moment.",
  });
}

/** What is no value, or is nested without end, never gets to where functions run. */
function checkArguments(name: string, args: Json): void {
  try {
    decodeValue(args);
  } catch (error) {
    if (!isBothyError(error)) throw error;
    throw new BothyError("arguments_invalid", {
      message: `The arguments of "${name}" cannot be taken: ${error.message}`,
      fix: "Send one object of values, as docs/spec/values.md describes their JSON.",
      cause: error,
    });
  }
}

function scopeCalled(name: string): BothyError {
  return new BothyError("function_wrong_kind", {
    message: `"${name}" is a scope: it runs for a device, which holds what it returns.`,
    fix: "Call a query or a mutation.",
  });
}

function answerOf(outcome: CallOutcome): Answer {
  return outcome.kind === "returned" ? { value: outcome.value } : { error: outcome.error };
}
