import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Plugin } from "vite";

/** Writes `sw.js` into the finished build, with the list of the build's files and a version drawn from their content. */
export function shell(): Plugin {
  let outFolder = "";
  return {
    name: "shell",
    apply: "build",
    configResolved(config) {
      outFolder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      const source = readFileSync(new URL("service-worker.js", import.meta.url), "utf8");
      writeFileSync(join(outFolder, "sw.js"), fillIn(source, outFolder));
    },
  };
}

function fillIn(source: string, outFolder: string): string {
  const hash = createHash("sha256").update(source);
  const files: string[] = [];
  for (const path of listFiles(outFolder)) {
    const file = relative(outFolder, path).replaceAll(sep, "/");
    if (file === "sw.js" || file.endsWith(".map")) continue;
    hash.update(file).update(readFileSync(path));
    files.push(file === "index.html" ? "/" : `/${file}`);
  }
  if (!files.includes("/")) throw new Error(`There is no index.html in ${outFolder} for the service worker to keep.`);
  const version = hash.digest("hex").slice(0, 12);
  return source.replace("__VERSION__", () => version).replace('"__FILES__"', () => JSON.stringify(files).slice(1, -1));
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? listFiles(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}
