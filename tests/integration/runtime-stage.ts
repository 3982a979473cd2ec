import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "bothy/internal";
import { createWorld } from "../../packages/bothy-server/dist/base/index.js";
import type { World } from "../../packages/bothy-server/dist/base/index.js";
import { openEngine } from "../../packages/bothy-server/dist/engine/index.js";
import type { Engine } from "../../packages/bothy-server/dist/engine/index.js";
import {
  buildFunctions,
  openFunctionPool,
  runMutation,
  runQuery,
} from "../../packages/bothy-server/dist/runtime/index.js";
import type {
  CallOutcome,
  FunctionCall,
  FunctionPool,
  PoolLimits,
} from "../../packages/bothy-server/dist/runtime/index.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Source files by their path in `bothy/`. */
export type AppFiles = Readonly<Record<string, string>>;

/** Lays out an app in a folder from which the built packages can be imported. */
export function makeApp(files: AppFiles): { readonly folder: string; write(files: AppFiles): void; remove(): void } {
  // Inside the workspace, because an app finds `bothy` in the node_modules above it.
  mkdirSync(join(root, "test-results"), { recursive: true });
  const folder = mkdtempSync(join(root, "test-results", "runtime-"));
  const write = (changed: AppFiles): void => {
    for (const [file, text] of Object.entries(changed)) {
      const path = join(folder, "bothy", file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  };
  write(files);
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An app's functions in processes of their own, over an engine on the disk. */
export interface Stage {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: FunctionPool;
  readonly printed: { readonly text: string; readonly name: unknown }[];
  /** Builds the app again and loads it. */
  reload(files: AppFiles): Promise<void>;
  call(name: string, args?: Json, more?: Partial<FunctionCall>): Promise<CallOutcome>;
  query(name: string, args?: Json): Promise<Json>;
  mutate(name: string, args?: Json, more?: Partial<FunctionCall>): Promise<CallOutcome>;
  close(): Promise<void>;
}

export async function openStage(files: AppFiles, limits: Partial<PoolLimits> = {}, processes = 2): Promise<Stage> {
  const app = makeApp(files);
  const printed: { text: string; name: unknown }[] = [];
  const print = (text: string, fields?: Readonly<Record<string, unknown>>): void => {
    printed.push({ text, name: fields?.["function"] });
  };
  const world: World = {
    ...createWorld({ logFormat: "json" }),
    log: { debug: () => {}, info: print, warn: () => {}, error: print },
  };
  const outFolder = join(app.folder, ".bothy", "functions");
  const build = () => buildFunctions({ world, appFolder: app.folder, outFolder });
  const { path, schema } = await build();
  const engine = await openEngine({ world, folder: join(app.folder, ".bothy"), schema, store: "memory" });
  const pool = await openFunctionPool({ world, engine, bundlePath: path, processes, limits });
  let calls = 0;
  const callOf = (name: string, args: Json, more: Partial<FunctionCall>): FunctionCall => ({
    name,
    kind: pool.functions.get(name)?.kind ?? "query",
    mayCallInternal: true,
    args,
    identity: null,
    timeMs: 1_700_000_000_000,
    nonce: (++calls).toString(16).padStart(32, "0"),
    deviceKey: "ab".repeat(32),
    ...more,
  });
  const valueOf = (outcome: CallOutcome): Json => {
    if (outcome.kind === "returned") return outcome.value;
    throw Object.assign(new Error(outcome.error.message), { code: outcome.error.code });
  };
  return {
    world,
    engine,
    pool,
    printed,
    reload: async (changed) => {
      app.write(changed);
      await pool.load((await build()).path);
    },
    call: (name, args = {}, more = {}) => pool.call(callOf(name, args, more)),
    query: async (name, args = {}) => valueOf(await runQuery({ engine, pool, call: callOf(name, args, {}) })),
    mutate: async (name, args = {}, more = {}) =>
      (await runMutation({ engine, pool, call: callOf(name, args, more) })).outcome,
    close: async () => {
      await pool.close();
      await engine.close();
      app.remove();
    },
  };
}
