import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryRealm } from "../base/index.ts";
import type { HeldRanges } from "../ranges/index.ts";
import { schemaHash } from "../schema/index.ts";
import { bytesOfHex, readValue } from "../values/index.ts";
import { collectFunctions, createCallSource } from "../functions/index.ts";
import { createBase, applyEffect, storedRowOf, type BaseState } from "./base-state.ts";
import { app, schema } from "./fixtures/test-app.ts";
import { noteRow, textIn } from "./fixtures/test-rows.ts";
import { createOverlay, type PendingMutation } from "./overlay.ts";
import { emptyRun, runCall, type CallRun } from "./run-call.ts";
import { storedFormat, type MutationCall } from "./stored-rows.ts";

const functions = collectFunctions(app.shared);
const { clock } = createMemoryRealm().openTab();

async function replay(rows: HeldRanges, { name, args, nonce, time }: MutationCall): Promise<CallRun> {
  const registered = functions.get(name);
  if (!registered) return emptyRun;
  const parts = [{ name, registered, args: readValue(args) }];
  const source = createCallSource(bytesOfHex("00"), nonce);
  return await runCall({ parts, isGroup: false, timeMs: time, source, identity: null }, rows, { schema, clock });
}

let count = 0;

function call(name: string, args: { readonly list: string; readonly [name: string]: string | number }): MutationCall {
  const nonce = (++count).toString(16).padStart(32, "0");
  return {
    format: storedFormat,
    schema: schemaHash(schema),
    name: `shared/notes:${name}`,
    version: "",
    nonce,
    args,
    time: count,
  };
}

function contents(rows: HeldRanges): string[] {
  return rows.rows("notes").map((row) => `${row.id} ${textIn(row, "list")} ${textIn(row)} ${row.version}`);
}

type Step =
  | { kind: "call"; name: "add" | "append" | "clear"; list: string; rank: number }
  | { kind: "poke"; put: readonly number[]; list: string; removed: readonly number[] }
  | { kind: "acknowledge"; count: number; isApplied: boolean }
  | { kind: "insert"; list: string; rank: number; place: number }
  | { kind: "number"; isReversed: boolean };

const list = fc.constantFrom("a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      name: fc.constantFrom("add" as const, "append" as const, "clear" as const),
      list,
      rank: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("poke" as const),
      put: fc.array(fc.nat(9), { maxLength: 3 }),
      list,
      removed: fc.array(fc.nat(9), { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("acknowledge" as const), count: fc.nat(2), isApplied: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("insert" as const), list, rank: fc.nat(9), place: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("number" as const), isReversed: fc.boolean() }) },
);

function moved(
  base: BaseState,
  version: number,
  change: { put: readonly number[]; list: string; removed: readonly number[] },
) {
  const rows = change.put.map((id) => storedRowOf(noteRow(id, change.list, `${id}.${version}`, version)));
  const removed = change.removed.map((id) => noteRow(id, "", "").id);
  return applyEffect(schema, base, { isReset: false, tables: [{ table: "notes", rows, removed }] });
}

test("[CL3] what is shown is always the base with every pending mutation replayed, whichever of them really ran", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const overlay = createOverlay(schema, replay);
      let version = 0;
      for (const one of steps) {
        version++;
        if (one.kind === "call") {
          const args = one.name === "clear" ? { list: one.list } : { list: one.list, text: `${one.name}${version}` };
          const { run, keep } = await overlay.tryCall(
            call(one.name, one.name === "add" ? { ...args, rank: one.rank } : args),
          );
          if (run.outcome.kind === "returned") keep();
        } else if (one.kind === "poke") {
          const { base, changed } = moved(overlay.base, version, one);
          await overlay.rebase({ base: { state: base, changed } });
        } else if (one.kind === "acknowledge") {
          // Applied: the base has the rows that the mutations wrote. Refused: it has not.
          const settled = overlay.pending.slice(0, one.count);
          const rows = overlay.base.held.clone();
          const ids = new Set<string>();
          for (const { call: applied } of one.isApplied ? settled : []) {
            for (const { id, row } of (await replay(rows, applied)).writes) {
              ids.add(id);
              if (row) rows.put("notes", { ...row, document: row.document, version });
              else rows.remove("notes", id);
            }
          }
          const state = { ...overlay.base, held: rows };
          await overlay.rebase({
            base: { state, changed: new Map([["notes", ids]]) },
            pending: overlay.pending.slice(one.count),
          });
        } else if (one.kind === "insert") {
          const added: PendingMutation = {
            n: version,
            call: call("add", { list: one.list, rank: one.rank, text: `other${version}` }),
          };
          const place = Math.min(one.place, overlay.pending.filter(({ n }) => n !== undefined).length);
          await overlay.rebase({
            pending: [...overlay.pending.slice(0, place), added, ...overlay.pending.slice(place)],
          });
        } else {
          // Other tabs' entries may have come between.
          const orderOf = (place: number): number => 1_000 * version + (one.isReversed ? -place : place);
          const numbered = overlay.pending.map(
            ({ n, call: { nonce } }, place) => [nonce, n ?? orderOf(place)] as const,
          );
          if (overlay.number(new Map(numbered))) await overlay.rebase({});
        }
        const expected = overlay.base.held.clone();
        for (const { call: pending } of overlay.pending) {
          for (const { table, id, row } of (await replay(expected, pending)).writes) {
            if (row === null) expected.remove(table, id);
            else expected.put(table, row);
          }
        }
        expect(contents(overlay.shown)).toEqual(contents(expected));
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("[CL3] an acknowledgement replays only what it concerns", async () => {
  let runCount = 0;
  const overlay = createOverlay(schema, (rows, one) => {
    runCount++;
    return replay(rows, one);
  });
  await overlay.rebase({
    base: { state: moved(createBase(schema), 1, { put: [1], list: "a", removed: [] }).base, changed: "all" },
  });
  for (let i = 0; i < 20; i++) (await overlay.tryCall(call("add", { list: "b", rank: i, text: `${i}` }))).keep();
  (await overlay.tryCall(call("append", { list: "a", text: "!" }))).keep();
  runCount = 0;
  const { base, changed } = moved(overlay.base, 2, { put: [1], list: "a", removed: [] });
  await overlay.rebase({ base: { state: base, changed }, pending: overlay.pending.slice(1) });
  expect(runCount).toBe(1);
  expect(contents(overlay.shown).some((text) => text.includes("1.2!"))).toBe(true);
});
