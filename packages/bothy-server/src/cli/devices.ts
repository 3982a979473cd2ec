import type { Json } from "bothy/internal";
import { openAdminConnection } from "../server/index.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";

/** What `_system/devices:list` returns. */
interface Census {
  readonly schema: string;
  readonly devices: readonly {
    readonly device: string;
    readonly schema: string;
    readonly queued: number;
    readonly calls: readonly { readonly name: string; readonly version: string; readonly count: number }[];
    readonly seenMs: number;
  }[];
}

/** Prints the devices that were in contact, the last seen first. */
export async function listDevices(options: TargetOptions, output: Output): Promise<void> {
  const parts = await partsOptionsOf(options, 1, output);
  const admin = await openAdminConnection(parts);
  try {
    const listed = await admin.call("_system/devices:list", {});
    if (output.isJson) output.print(JSON.stringify(listed));
    else for (const line of linesOf(censusOf(listed))) output.print(line);
  } finally {
    await admin.close();
  }
}

function censusOf(json: Json): Census {
  // Our own system function, of this very release.
  return json as unknown as Census;
}

function linesOf({ schema: current, devices }: Census): readonly string[] {
  if (devices.length === 0) return ["No device was in contact yet."];
  const rows = devices.map(({ device, schema, queued, seenMs }) => [
    device.slice(-12),
    schema === current ? `${schema} (in force)` : schema,
    String(queued),
    new Date(seenMs).toISOString(),
  ]);
  const table = [["device", "schema", "queued", "seen"], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const calls = devices.flatMap((one) => one.calls.map(({ name, version }) => `${name}@${version}`));
  const named = [...new Set(calls)].map((call) => `${calls.filter((one) => one === call).length} have queued ${call}`);
  return [...lines, ...named];
}
