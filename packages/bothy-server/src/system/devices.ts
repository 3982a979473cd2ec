import { v } from "bothy/internal";
import type { Value } from "bothy/internal";
import { readCensus, readSchemaInForce } from "../skew/index.ts";
import { engineFunction } from "./system-function.ts";

/** The devices that were in contact, with the schema of their app and what waits on them; the last seen first. */
export const listDevices = engineFunction({
  name: "_system/devices:list",
  args: v.object({}),
  run: async ({ engine }) => {
    const devices = readCensus(engine)
      .toSorted((a, b) => b.seenMs - a.seenMs)
      .map((entry) => ({ ...entry, calls: entry.calls.map((call) => ({ ...call })) }));
    const value: Value = { schema: readSchemaInForce(engine) ?? null, devices };
    return { value, version: engine.version };
  },
});
