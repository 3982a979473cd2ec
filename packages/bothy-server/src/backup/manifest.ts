import { createHash } from "node:crypto";
import { BothyError, v } from "bothy/internal";
import type { Validator } from "bothy/internal";
import { segmentName } from "../log/index.ts";
import type { BackupTarget } from "./target.ts";

/*
 * A backup holds
 *   backup.json                      head: whose it is, and the segment up to which it goes; written last
 *   log/<segment>.json               list: the pieces of one segment, and where they end
 *   log/<segment>/<piece>.piece      a run of bytes of that segment, named by offset, size and SHA-256
 * Both JSON files are {"sha256", "body"}: the hash of the body's text.
 */

/** The format that this code writes and reads. */
const format = 1;
const headName = "backup.json";

/** Whose a backup is and how far it goes. */
export interface BackupHead {
  /** Server id of the log. */
  readonly server: string;
  /** First version of the last segment; 0: nothing was shipped yet. */
  readonly segment: number;
  /** The run that writes into this backup. */
  readonly writer: string;
}

/** One run of bytes of a segment. */
export interface Piece {
  /** Byte of the segment at which it begins. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** The last version in it. */
  readonly version: number;
  /** When it was shipped, milliseconds since 1970. */
  readonly atMs: number;
}

/** What a backup holds of one segment. */
export interface SegmentList {
  readonly server: string;
  /** First version of the segment. */
  readonly segment: number;
  /** The last version, its running hash and the byte at which its record starts. */
  readonly version: number;
  readonly hash: string;
  readonly recordOffset: number;
  readonly pieces: readonly Piece[];
}

const headValidator: Validator = v.object({
  format: v.number(),
  server: v.string(),
  segment: v.number(),
  writer: v.string(),
});

const listValidator: Validator = v.object({
  format: v.number(),
  server: v.string(),
  segment: v.number(),
  version: v.number(),
  hash: v.string(),
  recordOffset: v.number(),
  pieces: v.array(
    v.object({ offset: v.number(), sizeBytes: v.number(), sha256: v.string(), version: v.number(), atMs: v.number() }),
  ),
});

/** The head of a backup; undefined if there is none. */
export async function readHead(target: BackupTarget): Promise<BackupHead | undefined> {
  return await readSealed<BackupHead>(target, headName, headValidator);
}

/** Writes the head of a backup. */
export async function writeHead(target: BackupTarget, head: BackupHead): Promise<void> {
  await target.write(headName, seal({ format, ...head }));
}

/** The list of a segment; undefined if there is none. */
export async function readList(target: BackupTarget, segment: number): Promise<SegmentList | undefined> {
  return await readSealed<SegmentList>(target, listName(segment), listValidator);
}

/** Writes the list of a segment. */
export async function writeList(target: BackupTarget, list: SegmentList): Promise<void> {
  await target.write(listName(list.segment), seal({ format, ...list }));
}

function listName(segment: number): string {
  return `log/${segmentName(segment).replace(/\.log$/u, "")}.json`;
}

/** Begins the names of a segment's pieces. */
export function piecesPrefix(segment: number): string {
  return `log/${segmentName(segment).replace(/\.log$/u, "")}/`;
}

/** Names a piece. */
export function pieceName(segment: number, { offset, sizeBytes, sha256 }: Piece): string {
  return `${piecesPrefix(segment)}${String(offset).padStart(10, "0")}-${sizeBytes}-${sha256.slice(0, 16)}.piece`;
}

/** The SHA-256 of bytes in hex. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The error for a backup that is not what was shipped, naming the place. */
export function backupDamaged(target: BackupTarget, name: string, offset: number, what: string): BothyError {
  return new BothyError("folder_damaged", {
    message: `The backup ${target.title} is damaged: ${name} at byte ${offset}: ${what}.`,
    fix: "Nothing was changed. Take another backup of the same server, or restore what is whole before it with --up-to.",
    details: { name, offset },
  });
}

function seal(body: object): Uint8Array {
  const text = JSON.stringify(body);
  return new TextEncoder().encode(`{"sha256":"${sha256Hex(text)}","body":${text}}\n`);
}

const sealForm = /^\{"sha256":"([0-9a-f]{64})","body":(.*)\}\n$/su;

async function readSealed<Body>(target: BackupTarget, name: string, validator: Validator): Promise<Body | undefined> {
  const bytes = await target.read(name);
  if (bytes === undefined) return undefined;
  const [, hash, text = ""] = sealForm.exec(new TextDecoder().decode(bytes)) ?? [];
  if (hash === undefined || hash !== sha256Hex(text)) throw backupDamaged(target, name, 0, "its SHA-256 does not fit");
  const body: unknown = JSON.parse(text);
  const isOther = typeof body === "object" && body !== null && "format" in body && body.format !== format;
  if (isOther || validator.check(body).length > 0) {
    throw new BothyError("folder_damaged", {
      message: `The backup ${target.title} has a form that this version of Bothy does not read (${name}).`,
      fix: "Use the version of Bothy that wrote it.",
    });
  }
  // Just checked by this very validator.
  return body as Body;
}
