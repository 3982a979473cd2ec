import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { makeId } from "bothy/internal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { openArchive } from "../../packages/bothy-server/dist/archive/index.js";
import { openSource } from "../../packages/bothy-server/dist/cli/import-source.js";
import { createNodeDisk } from "../../packages/bothy-server/dist/base/index.js";
import schema from "../app/bothy/schema.ts";
import { makeFolder, runCommand, testApp } from "../deployment.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await makeFolder();
});

interface File {
  readonly name: string;
  readonly bytes: Buffer;
  readonly mode?: number;
}

const id = makeId("counters", new Uint8Array(16).fill(3));
const documents = Buffer.from(`{"_creationTime":1,"_id":"${id}","name":"forged","value":1}\n`);
const schemaText = Buffer.from('{"tables":[]}\n');

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function manifestOf(tables: readonly { name: string; bytes: Buffer; documents: number }[], format = 1): File {
  const named = tables.map(({ name, bytes, documents: count }) => ({
    name,
    documents: count,
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
  }));
  const manifest = { format, server: "x", version: 1, schemaSha256: sha256(schemaText), tables: named };
  return { name: "manifest.json", bytes: Buffer.from(JSON.stringify(manifest)) };
}

const good: readonly File[] = [
  { name: "counters/documents.jsonl", bytes: documents },
  { name: "schema.json", bytes: schemaText },
  manifestOf([{ name: "counters", bytes: documents, documents: 1 }]),
];

/** A ZIP file of some files, as it is; a change is made to its bytes. */
async function zipOf(entries: readonly File[], change: (bytes: Buffer) => Buffer = (bytes) => bytes): Promise<string> {
  const zip = new ZipFile();
  for (const { name, bytes, mode = 0o100600 } of entries) zip.addBuffer(bytes, name, { mode });
  zip.end();
  const pieces: Buffer[] = [];
  for await (const piece of Readable.from(zip.outputStream)) pieces.push(piece as Buffer);
  const path = join(folder, `${++files}.zip`);
  await writeFile(path, change(Buffer.concat(pieces)));
  return path;
}

/** Names of the same length, so that they can be put in the place of others: libraries refuse to write them. */
function renamed(from: string, to: string): (bytes: Buffer) => Buffer {
  expect(to.length).toBe(from.length);
  return (bytes) => Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
}

/** Reads all of an archive as an import does before it writes. */
async function readAll(path: string): Promise<number> {
  const source = await openSource({ disk: createNodeDisk(), schema, file: path, tables: [] });
  try {
    let count = 0;
    for await (const _row of source.rows()) count += 1;
    return count;
  } finally {
    source.close();
  }
}

const invalid = { code: "import_invalid" };
const extra = (name: string, mode?: number): File => ({
  name,
  bytes: documents,
  ...(mode === undefined ? {} : { mode }),
});

describe("[S23] [S25] [BK28] an archive that no export wrote is import_invalid:", () => {
  const place = "xxxxxxxx";
  test.each<[string, readonly File[], ((bytes: Buffer) => Buffer)?]>([
    ["no file", []],
    ["without a manifest", good.slice(0, 2)],
    ["without a schema", [...good.slice(0, 1), ...good.slice(2)]],
    ["without a table's file", good.slice(1)],
    ["of another format", [...good.slice(0, 2), manifestOf([{ name: "counters", bytes: documents, documents: 1 }], 2)]],
    ["with a manifest that is no JSON", [...good.slice(0, 2), { name: "manifest.json", bytes: Buffer.from("{") }]],
    [
      "with a manifest of another form",
      [...good.slice(0, 2), { name: "manifest.json", bytes: Buffer.from('{"format":1}') }],
    ],
    [
      "with a schema that was changed",
      [good[0] ?? extra(""), { name: "schema.json", bytes: Buffer.from("{}") }, ...good.slice(2)],
    ],
    [
      "with a count that is wrong",
      [...good.slice(0, 2), manifestOf([{ name: "counters", bytes: documents, documents: 2 }])],
    ],
    [
      "with another content than its hash",
      [extra("counters/documents.jsonl"), ...good.slice(1)].map((file) =>
        file.name.startsWith("counters")
          ? { ...file, bytes: Buffer.from(documents.toString().replace("forged", "FORGED")) }
          : file,
      ),
    ],
    ["with a file more", [...good, extra("notes.txt")]],
    ["with a folder", [...good, extra(place)], renamed(place, "counter/")],
    ["with a file twice", [...good, extra("counters/documents.jsonl")]],
    [
      "with a table twice in its manifest",
      [...good.slice(0, 2), manifestOf([1, 2].map(() => ({ name: "counters", bytes: documents, documents: 1 })))],
    ],
    ["with a link", [extra("counters/documents.jsonl", 0o120777), ...good.slice(1)]],
    ["with a device", [extra("counters/documents.jsonl", 0o60600), ...good.slice(1)]],
    ["with a pipe", [extra("counters/documents.jsonl", 0o10600), ...good.slice(1)]],
    ["with a name that leads out", [...good, extra(place)], renamed(place, "../../xx")],
    ["with an absolute name", [...good, extra(place)], renamed(place, "/etc/xxx")],
    ["with a drive", [...good, extra(place)], renamed(place, "C:/xxxxx")],
    ["with a backslash", [...good, extra(place)], renamed(place, "..\\..\\xx")],
    ["with a 0 in a name", [...good, extra(place)], renamed(place, "xxx\0xxxx")],
    ["with a line break in a name", [...good, extra(place)], renamed(place, "xxx\nxxxx")],
    ["with a name of a prototype", [...good, extra("__proto__/documents.jsonl")]],
    [
      "that is encrypted",
      good,
      (bytes) =>
        eachHeader(bytes, (at, isCentral) =>
          bytes.writeUInt16LE(bytes.readUInt16LE(at + (isCentral ? 8 : 6)) | 1, at + (isCentral ? 8 : 6)),
        ),
    ],
    [
      "packed in a way that is not known",
      good,
      (bytes) => eachHeader(bytes, (at, isCentral) => bytes.writeUInt16LE(14, at + (isCentral ? 10 : 8))),
    ],
    [
      "that says to unpack to less than it does",
      good,
      (bytes) => eachHeader(bytes, (at, isCentral) => isCentral && bytes.writeUInt32LE(3, at + 24)),
    ],
  ])("%s", async (_what, entries, change) => {
    await expect(zipOf(entries, change).then(readAll)).rejects.toMatchObject(invalid);
  });

  test("the one that all of these are made from is taken", async () => {
    expect(await readAll(await zipOf(good))).toBe(1);
  });

  test("a table called by a path, in a manifest and in the file's name, is no table", async () => {
    const path = await zipOf([
      extra("counterz/documents.jsonl"),
      ...good.slice(1, 2),
      manifestOf([{ name: "counterz", bytes: documents, documents: 1 }]),
    ]);
    await expect(readAll(path)).rejects.toMatchObject({ code: "table_missing" });
  });

  test("a bomb is refused by what it says of itself, before anything is unpacked", async () => {
    const bomb = Buffer.alloc(128 * 1_048_576, " ");
    const entries = [
      { name: "counters/documents.jsonl", bytes: bomb },
      ...good.slice(1, 2),
      manifestOf([{ name: "counters", bytes: bomb, documents: 1 }]),
    ];
    const path = await zipOf(entries);
    await expect(openArchive(path)).rejects.toMatchObject(invalid);
    // Opening reads no documents, so nothing of it was unpacked.
  });

  test("files that share their content are refused", async () => {
    const copies = Array.from({ length: 300 }, (_, at) => extra(`t${String(at).padStart(3, "0")}/documents.jsonl`));
    const path = await zipOf([...good, ...copies], (bytes) => {
      // All of them point to the first one's bytes.
      let first: number | undefined;
      return eachHeader(bytes, (at, isCentral) => {
        if (!isCentral) return;
        first ??= bytes.readUInt32LE(at + 42);
        bytes.writeUInt32LE(first, at + 42);
      });
    });
    await expect(readAll(path)).rejects.toMatchObject(invalid);
  });

  test("[P9] [P11] noise, halves and flipped bits are refused, or change nothing that is read", async () => {
    const whole = await readFile(await zipOf(good));
    const step = Math.max(1, Math.floor(whole.length / 150));
    for (let at = 0; at < whole.length; at += step) {
      const [cut, flipped] = [Buffer.from(whole.subarray(0, at)), Buffer.from(whole)];
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const [cutPath, flippedPath] = [join(folder, "cut.zip"), join(folder, "flipped.zip")];
      await writeFile(cutPath, cut);
      await writeFile(flippedPath, flipped);
      await expect(readAll(cutPath), `cut at ${at}`).rejects.toMatchObject(invalid);
      // Times, attributes and the like stand in a ZIP file too; content is sealed by its hash.
      const outcome = await readAll(flippedPath).catch((error: unknown) => error);
      if (outcome !== 1) expect(outcome, `flipped at ${at}`).toMatchObject(invalid);
    }
    for (let seed = 0; seed < 20; seed++) {
      const path = join(folder, "noise.zip");
      await writeFile(path, Buffer.from(Array.from({ length: 2_000 }, (_, at) => (at * 7_919 * (seed + 1)) % 256)));
      await expect(readAll(path)).rejects.toMatchObject(invalid);
    }
  });
});

/** Visits every header of a file in a ZIP file; the visitor changes the bytes. */
function eachHeader(bytes: Buffer, visit: (at: number, isCentral: boolean) => void): Buffer {
  for (let at = 0; at + 4 < bytes.length; at++) {
    const signature = bytes.readUInt32LE(at);
    if (signature === 0x04034b50) visit(at, false);
    if (signature === 0x02014b50) visit(at, true);
  }
  return bytes;
}

describe("[BK28] through the command:", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  test("a refused archive changes nothing and leaves no file, and a good one is imported", async () => {
    const target = ["--project-dir", testApp, "--folder", scene.deployment.folder];
    const before = await readdir(scene.deployment.folder);
    const bad = await zipOf([...good, extra("xxxxxxxx")], renamed("xxxxxxxx", "../../xx"));
    const refused = await runCommand(["--json", "import", bad, ...target]);
    expect([refused.code, (JSON.parse(refused.stderr) as { error: { code: string } }).error.code]).toEqual([
      5,
      "import_invalid",
    ]);
    expect((await scene.call("counters:read", { names: ["forged"] })).value).toEqual([0]);
    expect((await runCommand(["--json", "import", await zipOf(good), ...target])).code).toBe(0);
    expect((await scene.call("counters:read", { names: ["forged"] })).value).toEqual([1]);
    expect(await readdir(scene.deployment.folder)).toEqual(before);
    await scene.expectPeace();
  });
});
