import { createHash } from "node:crypto";
import { bytesOfHex, createRandom, deriveId, groupName, isAppError, type Value } from "bothy/internal";
import type { CallWorld } from "../../../packages/bothy-server/src/base/index.ts";
import { appBundle } from "../app/app.ts";
import { runInCallWorld } from "../world/forbidden-globals.ts";
import { runMicrotasks } from "../world/microtasks.ts";
import { createModelDatabase, type ModelWrite } from "./model-database.ts";
import type { ModelState } from "./model-state.ts";

/** A call of a function of the app, with all that its result may depend on. */
export interface ModelCall {
  readonly name: string;
  readonly args: Value;
  readonly subject: string | null;
  readonly timeMs: number;
  readonly nonce: string;
  readonly deviceKey: string;
}

/** What a function comes to when it runs alone over the model. */
export type ModelOutcome =
  | { readonly kind: "returned"; readonly value: Value; readonly writes: readonly ModelWrite[] }
  | { readonly kind: "threw"; readonly error: unknown };

type Handler = (context: object, args: Value) => Promise<Value | undefined>;

const tables = Object.keys(appBundle.schema.tables);

/** The fields of an index, without the two that every index ends with. */
export function indexFields(table: string, index: string): readonly string[] {
  const declared = appBundle.schema.tables[table]?.indexes.find(({ name }) => name === index);
  if (declared === undefined) throw new Error(`the app has no index ${table}.${index}`);
  return declared.fields.filter((field) => field !== "_creationTime" && field !== "_id");
}

/** Runs a function of the app over a state, which its writes change; call it where no microtask is under way. */
export function runModel(state: ModelState, call: ModelCall): ModelOutcome {
  const parts = partsOf(call);
  let nonce = call.nonce;
  let firstByTable = new Map<string, number>();
  const nextId = (table: string, k: number): string => {
    const first = firstByTable.get(table) ?? k;
    firstByTable.set(table, first);
    return deriveId(bytesOfHex(call.deviceKey), bytesOfHex(nonce), table, k - first);
  };
  const { db, writes } = createModelDatabase({ state, indexFields, tables, timeMs: call.timeMs, nextId });
  const identity = call.subject === null ? null : { subject: call.subject };
  const context = { db, auth: { getUserIdentity: async () => identity }, server: { kind: "server" } };
  let outcome: ModelOutcome | undefined;
  const run = async (): Promise<Value> => {
    const values: Value[] = [];
    for (const [k, part] of parts.entries()) {
      if (call.name === groupName) nonce = nonceInGroup(call.nonce, k);
      firstByTable = new Map();
      const world = worldOf({ ...call, nonce });
      values.push((await runInCallWorld(world, () => part.handler(context, part.args))) ?? null);
    }
    return call.name === groupName ? values : (values[0] ?? null);
  };
  run().then(
    (value) => {
      outcome = { kind: "returned", value, writes: writes() };
    },
    (error: unknown) => {
      outcome = { kind: "threw", error: isAppError(error) ? error.data : String(error) };
    },
  );
  runMicrotasks();
  if (outcome === undefined) throw new Error(`${call.name} did not come to an end over the model`);
  return outcome;
}

/** The calls of a group, or the call itself. */
function partsOf({ name, args }: ModelCall): readonly { readonly handler: Handler; readonly args: Value }[] {
  if (name !== groupName) return [{ handler: handlerOf(name), args }];
  const calls = args as unknown as readonly (readonly [name: string, version: string, args: Value])[];
  return calls.map(([part, , given]) => ({ handler: handlerOf(part), args: given }));
}

/** The nonce of the k-th call of a group (SY30). */
function nonceInGroup(nonce: string, k: number): string {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(k);
  return createHash("sha256").update(bytesOfHex(nonce)).update(place).digest("hex").slice(0, 32);
}

function handlerOf(name: string): Handler {
  const [path = "", part = ""] = name.split(":");
  const module = Object.entries(appBundle.modules).find(([key]) => key === path)?.[1];
  const registered: unknown = module === undefined ? undefined : Reflect.get(module, part);
  const handler: unknown = Object(registered).handler;
  if (typeof handler !== "function") throw new Error(`the app has no function ${name}`);
  return handler as Handler;
}

function worldOf(call: ModelCall): CallWorld {
  let next: (() => number) | undefined;
  return {
    readTimeMs: () => call.timeMs,
    random: () => (next ??= createRandom(call.nonce))(),
    refuse: (what) => new Error(`${what} was asked for`),
    print: () => undefined,
    fail: () => undefined,
  };
}
