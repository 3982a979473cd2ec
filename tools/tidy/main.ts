// `npm run tidy`: reads the repository, prints the measures and what is wrong, and ends with 1 if anything is.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rulesOf } from "./check-rules.ts";
import { metricsTable } from "./metrics.ts";
import { parseSource, type Finding } from "./source.ts";
import { tidy, type Accepted } from "./tidy.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sourceFolders = ["packages", "templates", "tests", "bench", "tools", "scripts"];
const unreadFolders = new Set(["node_modules", "dist", "_generated", "test-results", "results", "coverage", ".bothy"]);

const sources = sourceFolders
  .flatMap(filesIn)
  .filter(isSource)
  .map((path) => parseSource(path, read(path)));
const rules = filesIn("docs/spec").flatMap((path) => (path.endsWith(".md") ? rulesOf(path, read(path)) : []));
const findings = tidy({ sources, rules }, readAccepted());

process.stdout.write(`${metricsTable(sources)}\n\n`);
for (const finding of findings) process.stdout.write(`${describeFinding(finding)}\n`);
process.stdout.write(`${sources.length} files and ${rules.length} rules read, ${findings.length} findings.\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

function filesIn(folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return unreadFolders.has(entry.name) ? [] : filesIn(path);
    return [path];
  });
}

function isSource(path: string): boolean {
  return /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith(".d.ts");
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function readAccepted(): readonly Accepted[] {
  const listed: unknown = JSON.parse(read("tools/tidy/accepted.json"));
  if (!Array.isArray(listed) || !listed.every(isAcceptance)) {
    throw new Error("tools/tidy/accepted.json is a list of objects with check, path, message and reason.");
  }
  return listed;
}

function isAcceptance(value: unknown): value is Accepted {
  if (typeof value !== "object" || value === null) return false;
  const parts = new Map<string, unknown>(Object.entries(value));
  return ["check", "path", "message", "reason"].every(
    (part) => typeof parts.get(part) === "string" && parts.get(part) !== "",
  );
}

function describeFinding({ check, path, line, message }: Finding): string {
  return `${path}:${line}  ${message}  [${check}]`;
}
