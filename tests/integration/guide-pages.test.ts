// The source on every page of the guide is one app; it compiles against the packed packages.

import { existsSync, readdirSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blocksOf, checkTypes, openGuideApp, root, type GuideApp } from "../guide/guide-app.ts";

const pages = readdirSync(join(root, "docs/guide"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/guide/${name}`);
/** What names a file of the repository is compared with that file (tests/guide/excerpts.test.ts). */
const withSource = pages.filter((page) => blocksOf(page).some(({ file }) => !file.startsWith("templates/")));

const apps: GuideApp[] = [];
afterAll(() => {
  for (const app of apps) app.remove();
});

const settings = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    allowJs: true,
    jsx: "react-jsx",
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ["bothy", "src"],
};

test("most pages show source", () => {
  expect(withSource.length).toBeGreaterThanOrEqual(6);
});

test.each(withSource)("the source of %s compiles", (page) => {
  const app = openGuideApp();
  apps.push(app);
  app.follow(blocksOf(page));
  mkdirSync(join(app.folder, "bothy"), { recursive: true });
  const settingsFile = join(app.folder, "tsconfig.json");
  if (!existsSync(settingsFile)) writeFileSync(settingsFile, JSON.stringify(settings));
  expect(() => checkTypes(app)).not.toThrow();
});
