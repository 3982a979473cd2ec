import { defineSchema, defineTable, v } from "bothy/internal";
import { expect, test } from "vitest";
import { withSystemTables } from "../auth/index.ts";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import { appVersionOf, openSkew } from "../skew/index.ts";
import { admitApp } from "./open-parts.ts";
import type { PartsOptions } from "./open-parts.ts";

const nothing = (): never => {
  throw new Error("a test has no network and no processes");
};
const appOf = (fields: Parameters<typeof v.object>[0]) =>
  appVersionOf({ schema: defineSchema({ reports: defineTable(fields) }), lenses: {}, functions: [] });

test("[SK14] an app that would strand devices is refused, told of while developing, and taken when it is forced", async () => {
  const world: World = {
    clock: createManualClock(),
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    die: nothing,
  };
  const schema = withSystemTables(defineSchema({ reports: defineTable({ note: v.string(), size: v.number() }) }));
  const engine = await openEngine({ world, folder: "/folder", schema, store: "memory" });
  const running = appOf({ note: v.string(), size: v.number() });
  const skew = openSkew({ world, engine, app: running });
  skew.note("1".repeat(32), { schema: running.schema.hash, queued: { count: 0, calls: [] } });
  skew.close();
  const told: string[] = [];
  const options: PartsOptions = {
    world,
    projectFolder: "",
    folder: "",
    processes: 1,
    onProgress: (text) => void told.push(text),
  };
  const next = appOf({ note: v.string() });
  expect(() => admitApp(options, engine, next)).toThrow(expect.objectContaining({ code: "devices_stranded" }));
  expect(told).toEqual([]);
  for (const stranding of ["warn", "force"] as const) admitApp({ ...options, stranding }, engine, next);
  expect(told).toEqual([expect.stringContaining("reports.size"), expect.stringContaining("reports.size")]);
  admitApp(options, engine, running);
  await engine.close();
});
