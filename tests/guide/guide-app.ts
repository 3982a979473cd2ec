import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyChange, readCodeBlocks, type CodeBlock } from "./code-blocks.ts";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** An app in a folder of its own, as a reader of a page has made it. */
export interface GuideApp {
  readonly folder: string;
  /** The command line that it has installed. */
  readonly bin: string;
  /** Does what the blocks say, in their order. */
  follow(blocks: readonly CodeBlock[]): void;
  /** Runs a program of Node to its end in the folder; throws with what it printed if it fails. */
  run(program: string, ...args: readonly string[]): string;
  remove(): void;
}

/** The blocks of a page of the repository. */
export function blocksOf(page: string): CodeBlock[] {
  try {
    return readCodeBlocks(readFileSync(join(root, page), "utf8"));
  } catch (error) {
    throw new Error(`${page}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Makes an empty folder with Bothy in it as `npm run package` packs it; the tools of the front end lie above it. */
export function openGuideApp(): GuideApp {
  mkdirSync(join(root, "test-results"), { recursive: true });
  const folder = mkdtempSync(join(root, "test-results", "guide-"));
  for (const file of pack()) unpack(file, join(folder, "node_modules"));
  return {
    folder,
    bin: join(folder, "node_modules/bothy-server/bin/bothy.js"),
    follow: (blocks) => {
      for (const block of blocks) write(join(folder, block.file), block);
    },
    run: (program, ...args) => runNode(folder, [program, ...args]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Checks the types of an app with the compiler that the repository uses. */
export function checkTypes(app: GuideApp): void {
  app.run(app.bin, "codegen");
  app.run(join(root, "node_modules/typescript/bin/tsc"), "--noEmit");
}

let packed: readonly string[] | undefined;

/** Packs both packages, once for all apps of a test file, and finds them where the command says that they are. */
function pack(): readonly string[] {
  return (packed ??= runPack());
}

function runPack(): readonly string[] {
  const said = runNode(root, [join(root, "scripts/package.mjs")]);
  const files = /npm install (.+)/u.exec(said)?.[1]?.split(" ");
  if (files?.length !== 2) throw new Error(`The command does not say what to install:\n${said}`);
  return files;
}

function unpack(file: string, modules: string): void {
  const folder = join(modules, basename(file).replace(/-\d.*$/u, ""));
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", file, "-C", folder, "--strip-components=1"]);
}

function write(path: string, { isChange, text }: CodeBlock): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, isChange ? applyChange(readFileSync(path, "utf8"), text) : text);
}

function runNode(folder: string, words: readonly string[]): string {
  try {
    return execFileSync(process.execPath, words, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    throw new Error(`${words.join(" ")} failed:\n${said}${String(error)}`, { cause: error });
  }
}
