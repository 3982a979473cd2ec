import { join, resolve } from "node:path";
import { errorCodes } from "bothy/internal";
import { examineFolder, repairFolder } from "../server/index.ts";
import type { FolderReport, Repair } from "../server/index.ts";
import { worldOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";

export interface DoctorOptions extends TargetOptions {
  readonly repair: boolean;
}

/** The code with which a command ends that has found what should not be. */
const foundExitCode = errorCodes.schema_invalid.exitCode;

/** Verifies a data folder and says what is wrong with it; returns the exit code. Needs no app, only the folder. */
export async function doctor(options: DoctorOptions, output: Output): Promise<number> {
  const folder = resolve(options.folder ?? join(options.projectDir, ".bothy"));
  const examined = { world: worldOf(output), folder, onProgress: (text: string) => output.say(text) };
  const repair: Repair = options.repair
    ? await repairFolder(examined)
    : { before: await examineFolder(examined), setAside: undefined, after: undefined };
  const last = repair.after ?? repair.before;
  if (output.isJson) output.print(JSON.stringify(options.repair ? repair : last));
  else for (const line of linesOf(repair, options.repair)) output.print(line);
  return last.findingCount === 0 ? 0 : foundExitCode;
}

function linesOf({ before, setAside, after }: Repair, isRepair: boolean): readonly string[] {
  const lines = reportLines(before);
  if (after !== undefined) {
    lines.push("", "The store was made from the log again.");
    if (setAside !== undefined) lines.push(`The old one stands in ${setAside}; remove it when you need it no longer.`);
    lines.push(...reportLines(after));
  } else if (isRepair && before.findingCount === 0) lines.push("There is nothing to repair.");
  return lines;
}

function reportLines({ folder, state, checked, findings, findingCount, notes }: FolderReport): string[] {
  const beside = state === "running" ? " beside the server that holds it, up to what it had applied" : "";
  const lines = [`Looked at ${folder}${beside}.`];
  for (const { what, count, durationMs } of checked)
    lines.push(`  ${count.toLocaleString("en-US").padStart(12)} ${what} (${(durationMs / 1_000).toFixed(1)} s)`);
  for (const note of notes) lines.push(`  Note: ${note}`);
  if (findingCount === 0) return [...lines, "Everything is as it was written."];
  lines.push(findingCount === 1 ? "One thing is wrong:" : `${findingCount} things are wrong:`);
  for (const { kind, message } of findings) lines.push(`  ${kind}: ${message}`);
  if (findings.length < findingCount) lines.push(`  and ${findingCount - findings.length} more.`);
  for (const fix of new Set(findings.map((finding) => finding.fix))) lines.push(`Fix: ${fix}`);
  return lines;
}
