import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { openProfile } from "../../tests/browser/profile.ts";
import { openDevice } from "../load/device.ts";
import type {} from "./page.ts";

/** Builds the benchmark's page into an app's folder and resolves with that: the server serves it. */
export async function buildStage(app: string, folder: string): Promise<string> {
  const stage = join(folder, "stage");
  await mkdir(join(stage, "dist"), { recursive: true });
  await symlink(join(app, "bothy"), join(stage, "bothy"));
  const html =
    '<!doctype html><meta charset="utf-8"><title>Bench</title><script type="module" src="/main.js"></script>';
  await writeFile(join(stage, "dist/index.html"), html);
  await build({
    entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
    outfile: join(stage, "dist/main.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
  });
  return stage;
}

/** Runs one measurement in a browser process of its own over a profile's folder. */
export async function inChromium<T>(folder: string, url: string, measure: (page: Page) => Promise<T>): Promise<T> {
  const profile = await openProfile({ folder });
  try {
    await profile.page.goto(url);
    return await measure(profile.page);
  } finally {
    await profile.close();
  }
}

const rowsPerCall = 1_000;

/** Writes rows of a room to the server. */
export async function writeRows(port: number, room: string, rows: number): Promise<void> {
  const writer = await openDevice(port);
  for (let from = 0; from < rows; from += rowsPerCall) {
    const count = Math.min(rowsPerCall, rows - from);
    await writer.mutate("shared/items:addMany", { room, from, count, text: "x".repeat(180) });
  }
  writer.close();
}
