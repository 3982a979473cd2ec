import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BothyError, isBothyError } from "bothy/internal";
import type { Value } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";
import type { Output } from "./output.ts";
import { patientAdmin } from "./patient-admin.ts";
import { batchesOf, beginImport, readUnfinished, takeBack, writeAll } from "./run-import.ts";
import type { StopRequest } from "./signals.ts";

/** What a seed script is given. */
export interface SeedServer {
  isEmpty(table: string): Promise<boolean>;
  /** Inserts documents in order and returns their ids; `label` names them in the progress. */
  insert(table: string, documents: readonly Value[], label: string): Promise<readonly string[]>;
}

/** What a seed script exports as its default. */
export interface Seed {
  isNeeded(server: Pick<SeedServer, "isEmpty">): Promise<boolean>;
  /** Fills the database; returns a summary to print. */
  run(server: SeedServer): Promise<string>;
}

/** Runs a seed script, if there is one and it says that it is needed. */
export async function seedOnce(
  path: string | undefined,
  connection: AdminConnection,
  parts: { readonly output: Output; readonly clock: Clock; readonly stop: StopRequest },
): Promise<void> {
  if (path === undefined) return;
  const { output, clock, stop } = parts;
  const admin = patientAdmin(connection, clock);
  const seed = await loadSeed(path);
  const unfinished = await readUnfinished(admin);
  if (unfinished?.mode === "seed") {
    output.say("The first filling of the database was interrupted: what is there of it is taken back.");
    await takeBack(admin, unfinished);
  }
  let isDone = false;
  void stop.asked.then(() => {
    // A seed is one thing: half of it is worth less than the moment that the rest takes.
    if (!isDone) output.say("The import is completed first. Ctrl-C again ends it at once.");
  });
  try {
    if (await seed.isNeeded(createServer(admin))) await fill(path, seed, { admin, output, clock });
  } catch (error) {
    throw isBothyError(error) ? error : seedFailed(path, error);
  } finally {
    isDone = true;
  }
}

/** Half of a seed is taken back by the next start: it stands in the database as an import until it is over. */
async function fill(
  path: string,
  seed: Seed,
  { admin, output, clock }: { readonly admin: AdminConnection; readonly output: Output; readonly clock: Clock },
): Promise<void> {
  const { id } = await beginImport(admin, { name: path, sha256: "", tables: [] }, { mode: "seed", replaced: [] });
  let done = 0;
  const summary = await seed.run({
    ...createServer(admin),
    insert: async (table, documents, label) => {
      const [startedMs, before] = [clock.monotonicMs(), done];
      const ids: string[] = [];
      for await (const batch of batchesOf(documents.map((value) => ({ table, value })))) {
        const written = await writeAll(admin, { ...batch, id, done });
        ({ done } = written);
        ids.push(...written.ids);
        const seconds = Math.max(clock.monotonicMs() - startedMs, 1) / 1_000;
        output.progress(label, { done: ids.length, total: documents.length, perSecond: (done - before) / seconds });
      }
      return ids;
    },
  });
  await admin.call("_system/imports:finish", { id });
  output.say(summary);
}

function createServer(admin: AdminConnection): Pick<SeedServer, "isEmpty"> {
  return { isEmpty: async (table) => (await admin.call("_system/tables:isEmpty", { table })) === true };
}

/** What the script itself says is for its user, not where in the script it was said. */
function seedFailed(path: string, cause: unknown): BothyError {
  return new BothyError("import_invalid", {
    message: `The seed script ${path} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    fix: "Do what it says, or start without --seed.",
    cause,
  });
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
