import { defineSchema, defineTable, functionVersion, schemaHash, v } from "bothy/internal";
import type { Schema, Validator } from "bothy/internal";
import { expect, test } from "vitest";
import { appVersionOf } from "./app-version.ts";
import type { AppVersion } from "./app-version.ts";
import type { DeviceEntry } from "./census.ts";
import { planDeploy, strandsDevices } from "./plan-deploy.ts";
import type { DeployFacts } from "./plan-deploy.ts";
import { withApp } from "./schema-history.ts";

const nowMs = 1_000_000_000_000;
const dayMs = 86_400_000;
const schema = defineSchema({ reports: defineTable({ note: v.string(), size: v.number() }) });
const narrower = defineSchema({ reports: defineTable({ note: v.string() }) });

const edit = v.object({ id: v.string(), note: v.string() });
const editMore = v.object({ id: v.string(), note: v.string(), size: v.number().optional() });
const editOther = v.object({ id: v.string(), remarks: v.string() });
const versionOf = (args: Validator): string => functionVersion("shared/reports:edit", { args });

function appWith(
  of: Schema,
  { args, upcasts = [] }: { readonly args?: Validator; readonly upcasts?: readonly Validator[] } = {},
): AppVersion {
  const named = { name: "shared/reports:edit", kind: "mutation", visibility: "public", isShared: true };
  const functions =
    args === undefined
      ? []
      : [{ ...named, version: versionOf(args), args: args.json, upcasts: upcasts.map(versionOf) }];
  return appVersionOf({ schema: of, lenses: {}, functions });
}

const running = appWith(schema, { args: edit });

function facts(devices: readonly Partial<DeviceEntry>[], more: Partial<DeployFacts> = {}): DeployFacts {
  return {
    tree: withApp(new Map(), running.schema, nowMs - dayMs),
    devices: devices.map((one) => ({ schema: schemaHash(schema), queued: 0, calls: [], seenMs: nowMs, ...one })),
    known: new Map([[`shared/reports:edit@${versionOf(edit)}`, edit.json]]),
    nowMs,
    supportMs: 90 * dayMs,
    ...more,
  };
}

const waiting = (count: number): Partial<DeviceEntry> => ({
  queued: count,
  calls: [{ name: "shared/reports:edit", version: versionOf(edit), count }],
});

test("[SK15] devices are stranded by a schema to which nothing leads from theirs, and are counted with what they have queued", () => {
  const app = appWith(narrower, { args: edit });
  const stranded = planDeploy(app, facts([{}, waiting(3), { seenMs: nowMs - 91 * dayMs }, { schema: "unknown here" }]));
  expect(stranded).toEqual([
    { what: schemaHash(schema), kind: "schema", deviceCount: 2, callCount: 3, fields: ["reports.size"] },
  ]);
  expect(planDeploy(app, facts([]))).toEqual([]);
  expect(planDeploy(running, facts([{}, waiting(3)]))).toEqual([]);
});

test("[SK15] devices that are out of reach already are not stranded once more", () => {
  const tree = withApp(withApp(new Map(), running.schema, 0), appWith(narrower).schema, nowMs - dayMs);
  expect(planDeploy(appWith(narrower), facts([{}], { tree }))).toEqual([]);
});

test("[SK15] queued calls strand a device if their function is gone, or takes their arguments no more", () => {
  const calls = { kind: "function", deviceCount: 2, callCount: 5, fields: [] };
  const what = `shared/reports:edit@${versionOf(edit)}`;
  const devices = [waiting(2), waiting(3), {}];
  expect(planDeploy(appWith(schema), facts(devices))).toEqual([{ ...calls, what }]);
  expect(planDeploy(appWith(schema, { args: editOther }), facts(devices))).toEqual([{ ...calls, what }]);
  // Whatever was allowed before still is.
  expect(planDeploy(appWith(schema, { args: editMore }), facts(devices))).toEqual([]);
  expect(planDeploy(appWith(schema, { args: editOther, upcasts: [edit] }), facts(devices))).toEqual([]);
});

test("[SK14] the refusal names devices, schemas, functions and queued calls, and what mends it", () => {
  const error = strandsDevices(planDeploy(appWith(narrower), facts([waiting(2)])));
  expect(error.code).toBe("devices_stranded");
  expect(error.message).toContain("1 device with 2 queued calls");
  expect(error.message).toContain(schemaHash(schema));
  expect(error.message).toContain("reports.size");
  expect(error.message).toContain(`shared/reports:edit@${versionOf(edit)}`);
  expect(error.fix).toMatch(/\.lens\(.*"reports".*upcast\(.*--force/s);
});
