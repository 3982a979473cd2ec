import { createWorld } from "../base/index.ts";
import { openEngine } from "./open-engine.ts";
import { putDocument, newId, testSchema } from "./test-engine.ts";

/*
 * A process of its own for kill.test.ts: commits as fast as it can, and writes to standard output the version and the count of
 * every commit that it was told is durable.
 */
const [folder = ""] = process.argv.slice(2);
const engine = await openEngine({
  world: createWorld({ logFormat: "text" }),
  folder,
  schema: testSchema,
  store: "lmdb",
});
let count = Number(engine.readRecord(["count"]) ?? "0");

async function write(): Promise<void> {
  for (;;) {
    const n = ++count;
    const _id = newId("notes");
    const outcome = engine.commit({
      snapshot: engine.version,
      reads: [],
      writes: [
        putDocument(engine, "notes", {
          _id: `${_id.slice(0, 1)}${String(n).padStart(_id.length - 1, "0")}`,
          room: `r${n % 3}`,
          rank: n,
          body: "x".repeat(100),
        }),
      ],
      records: [{ key: ["count"], text: String(n) }],
    });
    if (outcome.kind !== "committed") throw new Error("a commit on the last state cannot conflict");
    await engine.whenDurable(outcome.version);
    process.stdout.write(`${n}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, write));
