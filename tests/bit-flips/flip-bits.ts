import { spawn } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  defineSchema,
  defineTable,
  documentKeys,
  keyRangeOf,
  makeId,
  schemaToJson,
  stringifyValue,
  tableOf,
  v,
} from "bothy/internal";
import { createSeededRandom, createWorld } from "../../packages/bothy-server/dist/base/index.js";
import { openEngine } from "../../packages/bothy-server/dist/engine/index.js";

import { runCommand } from "../deployment-process.ts";

const reader = fileURLToPath(new URL("./reader.mjs", import.meta.url));
const schema = defineSchema({
  notes: defineTable({ room: v.string(), rank: v.number(), body: v.string() }).index("by_room", ["room", "rank"]),
});
const documentCount = 2_000;

/** How flips ended, by what came of them. */
export interface Flips {
  /** The bit was in nothing that is in use, or in nothing that is trusted. */
  same: number;
  /** The store was found damaged, and made again at once. */
  rebuilt: number;
  /** A read was refused and the process ended; the next start was right. */
  refused: number;
  /** LMDB ended the process; starts after that came to be right. */
  ended: number;
  /** Entries were missing without an error, which LMDB cannot see; the doctor finds it. */
  found: number;
  /** What was read is not what was written, and nothing says so. */
  wrong: number;
  /** What came of each that is wrong. */
  readonly wrongFlips: string[];
}

/** Makes a closed folder with documents of a size that fills pages, and a copy of its store. */
async function makeFolder(root: string): Promise<{ readonly folder: string; readonly pristine: string }> {
  const folder = join(root, "data");
  const world = createWorld({ logFormat: "json", logLevel: "error" });
  const engine = await openEngine({ world, folder, schema, store: "lmdb" });
  const random = createSeededRandom(7);
  const table = tableOf(schema, "notes");
  for (let rank = 0; rank < documentCount; rank++) {
    const _id = makeId("notes", random.bytes(16));
    const document = { _id, _creationTime: rank, room: `room ${rank % 9}`, rank, body: "x".repeat(random.below(400)) };
    const write = {
      table: "notes",
      id: _id,
      text: stringifyValue(document),
      before: null,
      after: documentKeys(table, document),
    };
    engine.commit({ snapshot: engine.version, reads: [], writes: [write] });
    if (rank % 100 === 0) await engine.whenDurable(engine.version);
  }
  await engine.whenDurable(engine.version);
  const rows: string[] = [];
  for (const { name } of table.indexes) {
    const range = keyRangeOf(schema, { table: "notes", index: name, prefix: [] });
    for (const { id, text } of engine.read(range, "asc", 1_000_000).documents) rows.push(`${name} ${id} ${text}`);
  }
  await engine.close();
  writeFileSync(join(root, "shadow.json"), JSON.stringify({ schema: schemaToJson(schema), rows: rows.toSorted() }));
  const pristine = join(root, "pristine.mdb");
  copyFileSync(join(folder, "store", "data.mdb"), pristine);
  return { folder, pristine };
}

/** Flips so many bits of a store, one at a time, and reads everything after each. */
export async function flipBits(root: string, count: number): Promise<Flips> {
  const { folder, pristine } = await makeFolder(root);
  const flips: Flips = { same: 0, rebuilt: 0, refused: 0, ended: 0, found: 0, wrong: 0, wrongFlips: [] };
  for (let at = 0; at < count;) {
    const { lines } = await read([folder, pristine, String(at), String(count - at)]);
    for (const line of lines) {
      const [first = "", word = ""] = line.split(" ");
      if (first === "begin") continue;
      at = Number(first) + 1;
      await note(flips, { folder, flip: Number(first), word });
    }
    // Else it was refused what it read, or has done them all.
    if (!lines.at(-1)?.startsWith("begin")) continue;
    await note(flips, { folder, flip: at, word: "ended" });
    at++;
  }
  return flips;
}

/** Starts that may end before one is right: those that end while they read, and then the one that looks first. */
const startsMax = 4;

async function note(
  flips: Flips,
  { folder, flip, word }: { folder: string; flip: number; word: string },
): Promise<void> {
  const how = word as "same" | "rebuilt" | "refused" | "ended" | "wrong";
  let isRight = how === "same" || how === "rebuilt";
  const story = [`flip ${flip}: ${how}`];
  if (how === "wrong") {
    const { code } = await runCommand(["--json", "doctor", "--folder", folder]);
    isRight = code === 5;
    story.push(`the doctor ended with ${code}`);
    flips[isRight ? "found" : "wrong"]++;
  } else flips[how]++;
  if (how === "refused" || how === "ended") {
    for (let start = 0; start < startsMax && !isRight; start++) {
      const { lines } = await read([folder]);
      story.push(lines.at(-1) ?? "ended");
      isRight = lines.some((line) => line === "- same" || line === "- rebuilt");
    }
    if (!isRight) flips.wrong++;
  }
  if (!isRight) flips.wrongFlips.push(story.join(", then "));
}

function read(args: readonly string[]): Promise<{ readonly lines: readonly string[] }> {
  const child = spawn(process.execPath, [reader, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  child.stdout.on("data", (piece: Buffer) => (said += piece.toString()));
  return new Promise((resolve) => {
    child.once("close", () => resolve({ lines: said.split("\n").filter((line) => line !== "") }));
  });
}
