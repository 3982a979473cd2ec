import { expect, test } from "vitest";
import { createMemoryRealm } from "../../../packages/bothy/src/base/index.ts";
import { AppError } from "../../../packages/bothy/src/errors/index.ts";
import { collectFunctions, createCallSource, createFunctions } from "../../../packages/bothy/src/functions/index.ts";
import { HeldRanges, type Row } from "../../../packages/bothy/src/ranges/index.ts";
import {
  defineSchema,
  defineTable,
  keyRangeOf,
  type DataModelFromSchema,
  type RangeSpec,
} from "../../../packages/bothy/src/schema/index.ts";
import type { Chunk, Grant, Json } from "../../../packages/bothy/src/protocol/index.ts";
import { bytesOfHex, decodeValue, v } from "../../../packages/bothy/src/values/index.ts";
import { applyEffect, createBase, storedRowOf } from "../../../packages/bothy/src/client/base-state.ts";
import { createOverlay } from "../../../packages/bothy/src/client/overlay.ts";
import { noGrants, planPoke, type Grants, type WholePoke } from "../../../packages/bothy/src/client/plan-poke.ts";
import { runCall, type CallRun } from "../../../packages/bothy/src/client/run-call.ts";
import { storedFormat, type MutationCall } from "../../../packages/bothy/src/client/stored-rows.ts";
import { deliveriesOf, keyCount, rebaseWorlds, type Commit, type Delivery, type RebaseWorld } from "./rebase-cases.ts";

const schema = defineSchema({
  cells: defineTable({ key: v.number(), text: v.string() }).index("by_key", ["key"]),
});
const { mutation } = createFunctions<DataModelFromSchema<typeof schema>>();
const cells = {
  append: mutation({
    args: { key: v.number(), mark: v.string() },
    handler: async ({ db }, { key, mark }) => {
      const cell = await db
        .query("cells")
        .withIndex("by_key", (q) => q.eq("key", key))
        .unique();
      if (cell === null) await db.insert("cells", { key, text: mark });
      else await db.patch(cell._id, { text: cell.text + mark });
    },
  }),
  move: mutation({
    args: { key: v.number(), mark: v.string() },
    handler: async ({ db }, { key }) => {
      const at = (wanted: number) =>
        db
          .query("cells")
          .withIndex("by_key", (q) => q.eq("key", wanted))
          .unique();
      const cell = await at(key);
      if (cell === null) throw new AppError({ empty: key });
      const next = (key + 1) % keyCount;
      const target = await at(next);
      if (target === null) return db.patch(cell._id, { key: next });
      await db.patch(target._id, { text: target.text + cell.text });
      await db.delete(cell._id);
    },
  }),
};
const functions = collectFunctions({ cells });
// Nothing here waits, so nothing needs to be told of being late; a real timer for each run would take most of the time.
const clock = { ...createMemoryRealm().openTab().clock, soon: () => () => undefined };
const keys = Array.from({ length: keyCount }, (_, key) => key);
const specs = keys.map((key): RangeSpec => ({ table: "cells", index: "by_key", prefix: [key] }));
const ranges = specs.map((spec) => keyRangeOf(schema, spec));

async function replay(rows: HeldRanges, { name, args, nonce, time }: MutationCall): Promise<CallRun> {
  const registered = functions.get(name);
  if (!registered) throw new Error(`There is no ${name}.`);
  const parts = [{ name, registered, args: decodeValue(args) }];
  const source = createCallSource(bytesOfHex("00"), nonce);
  return await runCall({ parts, isGroup: false, timeMs: time, source, identity: null }, rows, { schema, clock });
}

/** The call of a commit; its place in the order names it, so that device and deployment derive the same ids. */
function callOf({ kind, key, mark }: Commit, place: number): MutationCall {
  const nonce = place.toString(16).padStart(32, "0");
  return {
    format: storedFormat,
    schema: "",
    name: `cells:${kind}`,
    version: "",
    nonce,
    args: { key, mark },
    time: place,
  };
}

/** The model: text by key, moved by plain code. Undefined: the mutation is refused. */
function modelAfter(texts: readonly string[], { kind, key, mark }: Commit): readonly string[] | undefined {
  const after = [...texts];
  const text = texts[key] ?? "";
  const next = (key + 1) % keyCount;
  if (kind === "append") after[key] = text + mark;
  else if (text === "") return undefined;
  else {
    after[next] = (texts[next] ?? "") + text;
    after[key] = "";
  }
  return after;
}

const nothing: readonly string[] = keys.map(() => "");

function textsOf(held: HeldRanges): readonly string[] {
  return ranges.map((range) =>
    held
      .read(range, "asc", 9)
      .rows.map(({ document: { text } }) => (typeof text === "string" ? text : "no text"))
      .join(" and "),
  );
}

/** What the deployment has after each commit, and whether it refused it. */
interface Server {
  readonly rows: readonly HeldRanges[];
  readonly texts: readonly (readonly string[])[];
  readonly refused: readonly boolean[];
}

/** Commits a world in order, without those of its own that the device never sent, and compares with the model. */
async function serve({ commits }: RebaseWorld, unsent: ReadonlySet<number>): Promise<Server> {
  let held = createBase(schema).held.clone();
  for (const range of ranges) held.hold(range);
  let model = nothing;
  const server = { rows: [held], texts: [model], refused: [] as boolean[] };
  for (const [place, commit] of commits.entries()) {
    const isSent = commit.own === undefined || !unsent.has(commit.own);
    const run = isSent ? await replay(held, callOf(commit, place)) : undefined;
    held = held.clone();
    for (const { id, row } of run?.writes ?? []) {
      if (row === null) held.remove("cells", id);
      else held.put("cells", { ...row, version: place + 1 });
    }
    const moved = isSent ? modelAfter(model, commit) : model;
    server.refused.push(run?.outcome.kind === "threw");
    if ((moved === undefined) !== server.refused[place]) throw new Error("The deployment refused what the model took.");
    model = moved ?? model;
    if (String(textsOf(held)) !== String(model)) throw new Error("The deployment went another way than the model.");
    server.rows.push(held);
    server.texts.push(model);
  }
  return server;
}

/** The poke from one version to a later one, as a session would send it: per range what it has and what has left it. */
function pokeOf(
  before: HeldRanges,
  after: HeldRanges,
  to: number,
  ack: number | undefined,
  isFirst: boolean,
): WholePoke {
  const rowsIn = (held: HeldRanges, place: number): readonly Row[] =>
    held.read(ranges[place] ?? never(), "asc", 9).rows;
  const chunks = keys.flatMap((place): Chunk[] => {
    const [old, now] = [rowsIn(before, place), rowsIn(after, place)];
    const rows = now.filter((row) => !old.some(({ id, version }) => id === row.id && version === row.version));
    const gone = old.filter((row) => !now.some(({ id }) => id === row.id)).map(({ id }) => id);
    return rows.length + gone.length > 0
      ? [[place, rows.map(storedRowOf).map(([version, document]) => [version, document]), gone]]
      : [];
  });
  const grant = keys.map((place): Grant => [place, specs[place] as unknown as Json, null]);
  return { header: { type: "poke", to, ...(isFirst && { grant }), ...(ack !== undefined && { ack }) }, chunks };
}

function never(): never {
  throw new Error("This cannot be.");
}

/** Lets one device live through one case and compares what it shows after each step. */
async function runCase(world: RebaseWorld, deliveries: readonly Delivery[], serverOf: ServerOf): Promise<void> {
  const own = world.commits.flatMap((commit, place) => (commit.own === undefined ? [] : [{ commit, place }]));
  const overlay = createOverlay(schema, replay);
  const unsent = new Set<number>();
  let grants: Grants = noGrants;
  let [called, delivered, acked] = [0, 0, 0];
  const apply = async (poke: WholePoke): Promise<void> => {
    const plan = planPoke(schema, overlay.base, poke, { grants, hasFailedScope: false });
    if (!plan) throw new Error("The device takes itself to be out of step.");
    grants = plan.grants;
    const applied = applyEffect(schema, overlay.base, plan.effect);
    acked = poke.header.ack ?? acked;
    const pending = overlay.pending.filter(({ n = 0 }) => n > acked);
    await overlay.rebase({ base: { state: applied.base, changed: applied.changed }, pending });
  };
  const empty = createBase(schema).held;
  await apply(pokeOf(empty, empty, 0, undefined, true));
  for (const delivery of deliveries) {
    if (delivery.kind === "call") {
      const { commit, place } = own[called] ?? never();
      const { run, keep } = await overlay.tryCall(callOf(commit, place));
      called += 1;
      if (run.outcome.kind === "threw") unsent.add(called - 1);
      else {
        keep();
        // Numbers count what was sent.
        overlay.number(new Map([[callOf(commit, place).nonce, called - unsent.size]]));
      }
    } else {
      const server = await serverOf(unsent);
      const to = delivered + delivery.count;
      const told = own.filter(({ place, commit }) => place < to && !unsent.has(commit.own ?? -1)).length;
      const [before, after] = [server.rows[delivered] ?? never(), server.rows[to] ?? never()];
      await apply(pokeOf(before, after, to, told > acked ? told : undefined, false));
      delivered = to;
    }
    const server = await serverOf(unsent);
    let expected = server.texts[delivered] ?? never();
    for (const { commit, place } of own.slice(0, called)) {
      if (place >= delivered && !unsent.has(commit.own ?? -1)) expected = modelAfter(expected, commit) ?? expected;
    }
    const shown = textsOf(overlay.shown);
    if (String(shown) !== String(expected)) {
      throw new Error(
        `Shown ${JSON.stringify(shown)}, expected ${JSON.stringify(expected)}: ${tell(world, deliveries)}`,
      );
    }
  }
  if (overlay.pending.length > 0) throw new Error(`Something is pending for ever: ${tell(world, deliveries)}`);
}

type ServerOf = (unsent: ReadonlySet<number>) => Promise<Server>;

/** Each world is committed once for each set of calls that the device did not send. */
function serversOf(world: RebaseWorld): ServerOf {
  const byUnsent = new Map<string, Promise<Server>>();
  return (unsent) => {
    const name = [...unsent].join();
    const known = byUnsent.get(name) ?? serve(world, new Set(unsent));
    byUnsent.set(name, known);
    return known;
  };
}

function tell({ commits }: RebaseWorld, deliveries: readonly Delivery[]): string {
  const order = commits.map(({ own, kind, key }) => `${own === undefined ? "other" : "own"} ${kind} ${key}`);
  return `${order.join(", ")}; ${deliveries.map((one) => (one.kind === "call" ? "call" : `poke ${one.count}`)).join(", ")}`;
}

async function runAll(clientCount: number, batchMax: number): Promise<{ run: number; standFor: number }> {
  let [run, standFor] = [0, 0];
  for (const world of rebaseWorlds(clientCount)) {
    const serverOf = serversOf(world);
    for (const deliveries of deliveriesOf(world, batchMax)) {
      await runCase(world, deliveries, serverOf);
      run += 1;
      // Each client in turn is the one that is looked at, and the ring of keys may be turned.
      standFor += world.likeCount * clientCount * keyCount;
    }
  }
  process.stdout.write(`rebase, ${clientCount} clients: ${run} runs stand for ${standFor} cases\n`);
  return { run, standFor };
}

test("[CL3] [C1] [C6] [C7] three clients, three keys, two mutations each: in every order of commits and of pokes between calls a device shows what it has with its own on top", async () => {
  expect(await runAll(3, 1)).toEqual({ run: 41_658, standFor: 1_837_080 });
});

test("[CL3] [C1] [C6] [C7] two clients, three keys, two mutations each: the same with every way in which pokes bring several commits at once", async () => {
  expect(await runAll(2, 4)).toEqual({ run: 2_394, standFor: 16_848 });
});
