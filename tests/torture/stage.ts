import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The app of the torture. */
export const tortureApp: string = join(here, "app");

/** Where the built page lies. */
export interface BuiltPage {
  readonly html: string;
  readonly script: string;
}

/** Builds the page into a folder; browsers are given it without the server, as a service worker would. */
export async function buildPage(folder: string): Promise<BuiltPage> {
  const html = join(folder, "index.html");
  const script = join(folder, "main.js");
  await mkdir(folder, { recursive: true });
  await writeFile(html, '<!doctype html><meta charset="utf-8"><script type="module" src="/main.js"></script>');
  const entryPoints = [join(here, "page/main.ts")];
  await build({ entryPoints, outfile: script, bundle: true, format: "esm", target: "es2023" });
  return { html, script };
}

/** Links the app into a folder of its own, so that the server can put what it builds beside it. */
export async function linkApp(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await symlink(join(tortureApp, "bothy"), join(folder, "bothy"));
  return folder;
}
