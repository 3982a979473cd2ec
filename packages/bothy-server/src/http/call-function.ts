import { hexOfBytes, encodeValue } from "bothy/internal";
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
  if (isSystemFunction(name)) return { value: encodeValue((await callSystem(parts, name, args)).value) };
  const { world, engine, pool } = parts;
  const call = {
    name,
    kind: pool.functions.get(name)?.kind ?? "query",
    mayCallInternal: true,
    args,
    identity: null,
    timeMs: world.clock.nowMs(),
    nonce: hexOfBytes(world.random.bytes(16)),
    deviceKey: hexOfBytes(world.random.bytes(32)),
  } as const;
  if (call.kind !== "mutation") return answerOf(await runQuery({ engine, pool, call }));
  const { outcome, version } = await runMutation({ engine, pool, call });
  await engine.whenDurable(version);
  return answerOf(outcome);
}

function answerOf(outcome: CallOutcome): Answer {
  return outcome.kind === "returned" ? { value: outcome.value } : { error: outcome.error };
}
