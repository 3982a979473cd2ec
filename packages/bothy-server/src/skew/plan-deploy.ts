import { BothyError } from "bothy/internal";
import type { AppVersion } from "./app-version.ts";
import type { Engine } from "../engine/index.ts";
import { readCensus } from "./census.ts";
import type { DeviceEntry } from "./census.ts";
import { readArguments, takesCalls } from "./function-history.ts";
import type { KnownArguments } from "./function-history.ts";
import { skewLimits } from "./limits.ts";
import { inForce, readHistory, withApp } from "./schema-history.ts";
import { planPath } from "./schema-tree.ts";
import type { SchemaTree } from "./schema-tree.ts";

/** What is known of devices when an app is to come into force. */
export interface DeployFacts {
  readonly tree: SchemaTree;
  readonly devices: readonly DeviceEntry[];
  readonly known: KnownArguments;
  readonly nowMs: number;
  readonly supportMs: number;
}

/** Devices that an app would strand: their schema is out of its reach, or calls that they have queued would be parked. */
export interface Stranded {
  /** A schema by its hash, or a function with the version of its arguments. */
  readonly what: string;
  readonly kind: "schema" | "function";
  readonly deviceCount: number;
  readonly callCount: number;
  /** Why: fields that nothing says how to fill. */
  readonly fields: readonly string[];
}

/** Finds who would be stranded by an app; devices that have not been seen for long count no more. */
export function planDeploy({ schema, mutations }: AppVersion, facts: DeployFacts): readonly Stranded[] {
  const { tree, known, nowMs, supportMs } = facts;
  const devices = facts.devices.filter(({ seenMs }) => nowMs - seenMs <= supportMs);
  const next = withApp(tree, schema, nowMs);
  const mutationByName = new Map(mutations.map((mutation) => [mutation.name, mutation]));
  const found = new Map<string, Stranded>();
  const strand = (what: string, one: Omit<Stranded, "what" | "deviceCount">): void => {
    const { deviceCount = 0, callCount = 0 } = found.get(what) ?? {};
    found.set(what, { ...one, what, deviceCount: deviceCount + 1, callCount: callCount + one.callCount });
  };
  for (const device of devices) {
    // Those out of the reach of what runs now are stranded already.
    const current = inForce(tree);
    const isServed = current !== undefined && isReached(tree, current.hash, device, { nowMs, supportMs });
    if (isServed) {
      const plan = planPath(next, schema.hash, device.schema);
      if (plan.kind === "none")
        strand(device.schema, { kind: "schema", callCount: device.queued, fields: plan.fields });
    }
    for (const { name, version, count } of device.calls) {
      if (takesCalls(mutationByName.get(name), version, known)) continue;
      strand(`${name}@${version}`, { kind: "function", callCount: count, fields: [] });
    }
  }
  return [...found.values()];
}

function isReached(
  tree: SchemaTree,
  current: string,
  { schema }: DeviceEntry,
  { nowMs, supportMs }: { readonly nowMs: number; readonly supportMs: number },
): boolean {
  const replacedMs = tree.get(schema)?.replacedMs ?? nowMs;
  return tree.has(schema) && nowMs - replacedMs <= supportMs && planPath(tree, current, schema).kind === "path";
}

/** Finds who would be stranded by an app that is to take the place of what a folder holds. */
export function findStranded(
  engine: Pick<Engine, "schema" | "read">,
  app: AppVersion,
  { nowMs, supportMs = skewLimits.supportMs }: { readonly nowMs: number; readonly supportMs?: number | undefined },
): readonly Stranded[] {
  const devices = readCensus(engine);
  if (devices.length === 0) return [];
  return planDeploy(app, {
    tree: readHistory(engine),
    devices,
    known: readArguments(engine),
    nowMs,
    supportMs,
  });
}

/** The error that names them, with what mends it. */
export function strandsDevices(stranded: readonly Stranded[]): BothyError {
  return new BothyError("devices_stranded", {
    message: `This app would strand devices: ${stranded.map(textOf).join("; ")}.`,
    fix: `${[...new Set(stranded.map(fixOf))].join(" ")} Or wait until they have been in contact ("bothy devices" lists them); --force takes the app anyway.`,
    details: stranded.map((one) => ({ ...one, fields: [...one.fields] })),
  });
}

function textOf({ what, kind, deviceCount, callCount, fields }: Stranded): string {
  const devices = `${deviceCount} ${deviceCount === 1 ? "device" : "devices"}`;
  const calls = `${callCount} queued ${callCount === 1 ? "call" : "calls"}`;
  return kind === "schema"
    ? `${devices} with ${calls} run schema ${what}, for which nothing says how to fill ${fields.join(", ")}`
    : `${devices} have ${calls} of ${what}, which it does not take`;
}

function fixOf({ kind, fields }: Stranded): string {
  if (kind === "function") return "Keep the function, with an upcast() of these arguments.";
  const tables = [...new Set(fields.map((field) => field.split(".")[0]))];
  return `Say it with .lens({ defaults: … }) at ${tables.map((table) => `"${table}"`).join(", ")} in bothy/schema.ts.`;
}
