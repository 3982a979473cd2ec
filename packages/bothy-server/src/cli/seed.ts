import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BothyError } from "bothy/internal";
import type { Value } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { insertRows } from "./insert-rows.ts";
import type { Output } from "./output.ts";

/** What a seed script is given. */
export interface SeedServer {
  isEmpty(table: string): Promise<boolean>;
  /** Inserts documents in order and returns their ids; `label` names them in the progress. */
  insert(table: string, documents: readonly Value[], label: string): Promise<readonly string[]>;
}

/** What a seed script exports as its default. */
export interface Seed {
  isNeeded(server: SeedServer): Promise<boolean>;
  /** Fills the database; returns a summary to print. */
  run(server: SeedServer): Promise<string>;
}

/** Runs a seed script if it says that it is needed. */
export async function seedOnce(
  path: string,
  admin: AdminConnection,
  { output, clock }: { readonly output: Output; readonly clock: Clock },
): Promise<void> {
  const seed = await loadSeed(path);
  const server: SeedServer = {
    isEmpty: async (table) => (await admin.call("_system/tables:isEmpty", { table })) === true,
    insert: (table, documents, label) =>
      insertRows({ admin, clock, table, documents, onProgress: (at) => output.progress(label, at.done, at.total, at.perSecond) }),
  };
  if (!(await seed.isNeeded(server))) return;
  output.say(await seed.run(server));
}

async function loadSeed(path: string): Promise<Seed> {
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw new BothyError("config_invalid", {
      message: `The seed script ${path} can't be loaded.`,
      fix: "Check the path given with --seed, and that the module runs.",
      cause,
    });
  }
  const seed = module.default;
  if (isSeed(seed)) return seed;
  throw new BothyError("config_invalid", {
    message: `The seed script ${path} has no default export with isNeeded(server) and run(server).`,
    fix: "Export both as its default.",
  });
}

function isSeed(seed: unknown): seed is Seed {
  if (typeof seed !== "object" || seed === null) return false;
  return "isNeeded" in seed && typeof seed.isNeeded === "function" && "run" in seed && typeof seed.run === "function";
}

