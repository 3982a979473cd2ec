import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const listed = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "templates/fieldlog/README.md", ...listed("docs")];

test.each(pages.filter((path) => path.endsWith(".md")))("every link and picture of %s leads to a file", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const targets = [...text.matchAll(/\]\(([^)#\s]+)|src="([^"]+)"/gu)].map(([, link, source]) => link ?? source ?? "");
  const local = targets.filter((target) => !target.includes(":") && !target.startsWith("/"));
  expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});
