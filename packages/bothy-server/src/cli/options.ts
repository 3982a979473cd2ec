import { join, resolve } from "node:path";
import { BothyError } from "bothy/internal";
import { createWorld } from "../base/index.ts";
import type { LogLevel, World } from "../base/index.ts";
import type { MetricsAccess, PartsOptions } from "../server/index.ts";
import type { Output } from "./output.ts";

/** Where the app and its data are; every command takes these. */
export interface TargetOptions {
  readonly projectDir: string;
  readonly folder?: string;
}

/** How the server's own log is written. */
export interface LogOptions {
  readonly logLevel?: LogLevel;
  readonly logFormat?: "json" | "text";
}

/** How `start` and `dev` serve. */
export interface ServeOptions extends TargetOptions, LogOptions {
  readonly host: string;
  readonly port: number;
  readonly processes: number;
  /** Mebibytes. */
  readonly hotMemory: number;
  readonly allowOrigin: readonly string[];
  readonly seed?: string;
  readonly metrics: MetricsAccess;
  readonly supportDays: number;
}

const bytesPerMebibyte = 1_048_576;
const dayMs = 86_400_000;

/** What a command that serves opens: the folders, and what its options say of the function processes. */
export async function servedPartsOf(
  options: ServeOptions,
  output: Output,
): Promise<PartsOptions & { readonly world: World }> {
  const parts = await partsOptionsOf(options, options.processes, output);
  return { ...parts, hotBytes: options.hotMemory * bytesPerMebibyte, supportMs: options.supportDays * dayMs };
}

/** The world of a command: JSON log lines where a program reads, text where a person does, unless asked otherwise. */
export function worldOf(output: Output, { logFormat, logLevel = "info" }: LogOptions = {}): World {
  const fitting = output.isTerminal && !output.isJson ? "text" : "json";
  return createWorld({ logFormat: logFormat ?? fitting, logLevel });
}

/** Resolves the folders of a command and checks that there is an app. */
export async function partsOptionsOf(
  options: TargetOptions & LogOptions,
  processes: number,
  output: Output,
): Promise<PartsOptions & { readonly world: World }> {
  const world = worldOf(output, options);
  const projectFolder = resolve(options.projectDir);
  if (!(await world.disk.stat(join(projectFolder, "bothy")))?.isFolder) {
    throw new BothyError("config_invalid", {
      message: `${projectFolder} holds no app: it has no folder "bothy".`,
      fix: "Run the command in the folder of an app, or name it with --project-dir.",
    });
  }
  const folder = resolve(options.folder ?? join(projectFolder, ".bothy"));
  return { world, projectFolder, folder, processes, onProgress: (text) => output.say(text) };
}
