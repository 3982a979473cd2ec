// A process of its own that flips bits of a store and reads everything through the engine: a damaged page may end it.
// Arguments: folder, pristine copy of the store, first flip, number of flips. With no flips it opens the folder as it is.
import { copyFileSync, openSync, readSync, writeSync, closeSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { keyRangeOf, schemaFromJson } from "bothy/internal";
import { createSeededRandom, createWorld } from "../../packages/bothy-server/dist/base/index.js";
import { openEngine } from "../../packages/bothy-server/dist/engine/index.js";

const [folder = "", pristine = "", from = "0", count = "0"] = process.argv.slice(2);
const shadow = JSON.parse(readFileSync(join(folder, "..", "shadow.json"), "utf8"));
const schema = schemaFromJson(shadow.schema);
const store = join(folder, "store", "data.mdb");
const pageBytes = 4_096;
const say = (text) => writeSync(1, `${text}\n`);

/** Reads every document by every index. */
async function readAll() {
  const said = [];
  const world = createWorld({ logFormat: "json", logLevel: "error" });
  const log = { ...world.log, warn: (message) => said.push(message), error: () => undefined };
  const die = (reason) => {
    throw new Error(`ended: ${reason}`);
  };
  const engine = await openEngine({ world: { ...world, log, die }, folder, schema, store: "lmdb" });
  const rows = [];
  for (const table of Object.values(schema.tables)) {
    for (const { name } of table.indexes) {
      const range = keyRangeOf(schema, { table: table.name, index: name, prefix: [] });
      for (const { id, text } of engine.read(range, "asc", 1_000_000).documents) rows.push(`${name} ${id} ${text}`);
    }
  }
  await engine.close();
  return { rows, isRebuilt: said.length > 0 };
}

async function outcome() {
  try {
    const { rows, isRebuilt } = await readAll();
    if (JSON.stringify(rows.toSorted()) !== JSON.stringify(shadow.rows)) return "wrong";
    return isRebuilt ? "rebuilt" : "same";
  } catch (error) {
    return `refused ${error instanceof Error ? error.message : String(error)}`;
  }
}

if (Number(count) === 0) say(`- ${await outcome()}`);
for (let flip = Number(from); flip < Number(from) + Number(count); flip++) {
  copyFileSync(pristine, store);
  rmSync(join(folder, "store-mark.json"), { force: true });
  const random = createSeededRandom(flip);
  const sizeBytes = statSync(store).size;
  // Every other one where a page says what it is and where its entries stand.
  const page = random.below(Math.floor(sizeBytes / pageBytes));
  const offset = flip % 2 === 0 ? random.below(sizeBytes) : page * pageBytes + random.below(200);
  const file = openSync(store, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte[0] ^= 1 << random.below(8);
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
  say(`begin ${flip}`);
  const came = await outcome();
  say(`${flip} ${came}`);
  // The real process would be no more, and this one still holds the folder.
  if (came.startsWith("refused")) break;
}
process.exit(0);
