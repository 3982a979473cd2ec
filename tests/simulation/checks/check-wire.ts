import {
  encodeValue,
  isIdOf,
  parseClientMessage,
  parseServerMessage,
  type Document,
  type Json,
  type Poke,
  type ResultMessage,
} from "bothy/internal";
import { ModelState } from "../oracle/model-state.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import type { ArrivedFrame, History } from "../run/history.ts";
import { appBundle } from "../app/app.ts";
import type { Broken } from "./broken.ts";
import type { FreshResults } from "./fresh-results.ts";
import type { FinishedRun } from "./finished-run.ts";

/** What one socket has shown of its device so far. */
interface Listener {
  readonly subject: string;
  /** The version of the last poke. */
  at: number;
  /** What the poke that is arriving, perhaps in parts, goes on from. */
  from: number;
  isArriving: boolean;
}

type WireDocument = { readonly [field: string]: Json };

/** Server-only queries by the socket and the number under which they were subscribed to. */
type Subscriptions = Map<string, string>;

const tables = Object.keys(appBundle.schema.tables);

/**
 * C8, C9 and P7, from a tap on the wire: every row that reaches a device is one that its user may read at the version of the
 * poke, as the log has it at that version, and the versions of a socket's pokes never fall.
 */
export function checkWire({ history, commits }: FinishedRun, fresh: FreshResults): readonly Broken[] {
  const broken: Broken[] = [];
  const subscriptions: Subscriptions = new Map();
  const versions = new DocumentVersions(commits, fresh);
  const listeners = new Map<number, Listener>();
  const firstConnection = (history.restored?.lastConnection ?? 0) + 1;
  for (const frame of history.frames) {
    if (frame.connection < firstConnection) continue;
    if (frame.at !== "client") {
      followSubscriptions(subscriptions, frame);
      broken.push(...checkVerification(frame, history));
      continue;
    }
    const message = parseServerMessage(frame.text);
    if (message.type === "welcome")
      listeners.set(frame.connection, { subject: message.identity.subject, at: 0, from: 0, isArriving: false });
    const listener = listeners.get(frame.connection);
    if (message.type === "result" && listener !== undefined)
      broken.push(
        ...checkResult(message, subscriptions.get(`${frame.connection} ${message.query}`), {
          fresh,
          frame,
          ...listener,
        }),
      );
    if (message.type !== "poke" || listener === undefined) continue;
    const { to, since, more = false } = message.header;
    if (!listener.isArriving) listener.from = since ?? listener.at;
    listener.isArriving = more;
    if (to < listener.at)
      broken.push({ promise: "C2", what: `${frame.device} was poked to ${to} after ${listener.at}`, atMs: frame.atMs });
    if (to > commits.length)
      broken.push({
        promise: "P3",
        what: `${frame.device} was poked to version ${to}, which is not in the log`,
        atMs: frame.atMs,
      });
    listener.at = to;
    broken.push(...checkRows(versions, frame, message, listener.subject));
    broken.push(...checkGone(versions, frame, message, listener));
  }
  return broken;
}

/**
 * C7: two faults alter what devices hold, an altered row and a disk that was put back to behind rows that devices have (SY42): no
 * device may find something else than it should have without one of them.
 */
function checkVerification(
  { device, text, atMs }: ArrivedFrame,
  { decayed, restored }: Pick<History, "decayed" | "restored">,
): readonly Broken[] {
  if (!text.startsWith('{"type":"repair"') && !text.startsWith('{"type":"stopped"')) return [];
  const message = parseClientMessage(text);
  const isRepair =
    message.type === "repair" && message.fault === true && !restored && !decayed.has(device.split(".")[0] ?? "");
  const isFault = message.type === "stopped" || isRepair;
  const what = `${device} found that it does not hold what it should: ${text.slice(0, 200)}`;
  return isFault ? [{ promise: "C7", what, atMs }] : [];
}

function followSubscriptions(subscriptions: Subscriptions, { connection, text }: ArrivedFrame): void {
  if (!text.startsWith('{"type":"subscribe"')) return;
  const message = parseClientMessage(text);
  if (message.type === "subscribe")
    subscriptions.set(`${connection} ${message.query}`, `${message.name} ${JSON.stringify(message.args)}`);
}

/** P7: the result of a server-only query is what it returns at the version that it names. */
function checkResult(
  { version, value }: ResultMessage,
  query: string | undefined,
  seen: Listener & { readonly fresh: FreshResults; readonly frame: ArrivedFrame },
): readonly Broken[] {
  if (query === undefined || value === undefined) return [];
  const { fresh, frame, subject } = seen;
  const expected = version > fresh.lastVersion ? "no such version" : fresh.at(version, query, subject);
  const found = JSON.stringify(value);
  if (found === expected) return [];
  const what = `${frame.device} was sent ${query} = ${found} of version ${version}, where it is ${expected}`;
  return [{ promise: "P7", what, atMs: frame.atMs }];
}

function checkRows(versions: DocumentVersions, frame: ArrivedFrame, poke: Poke, subject: string): readonly Broken[] {
  const { to } = poke.header;
  const broken: Broken[] = [];
  const state = versions.at(to);
  const rooms = roomsOf(state, subject);
  for (const [, rows] of poke.chunks) {
    for (const [version, json] of rows) {
      const document = json as WireDocument;
      const id = textOf(document, "_id");
      const table = tables.find((name) => isIdOf(name, id));
      const held = table === undefined ? undefined : state.get(table, id);
      const what = `${frame.device} of ${subject} was sent ${table} ${JSON.stringify(json)} in a poke to ${to}`;
      const shown = table === undefined || held === undefined ? undefined : shownOf(table, held, document);
      const isAsLogged = JSON.stringify(shown) === JSON.stringify(json);
      if (held === undefined || versions.changedAt(id, to, Object.keys(document)) !== version || !isAsLogged)
        broken.push({ promise: "P7", what: `${what}; the log has ${JSON.stringify(held)}`, atMs: frame.atMs });
      if (table === undefined || !maySee(table, document, { subject, rooms }))
        broken.push({ promise: "C8 C9", what: `${what}; it may see rooms ${[...rooms].join(" ")}`, atMs: frame.atMs });
    }
  }
  return broken;
}

/** C8: an id is told to be gone only to whom the document was told, as of the version that the poke goes on from. */
function checkGone(
  versions: DocumentVersions,
  frame: ArrivedFrame,
  { chunks }: Poke,
  { subject, from }: Listener,
): readonly Broken[] {
  const state = versions.at(from);
  const rooms = roomsOf(state, subject);
  return chunks.flatMap(([, , gone]) =>
    gone.flatMap((id): readonly Broken[] => {
      const table = tables.find((name) => isIdOf(name, id));
      const held = table === undefined ? undefined : state.get(table, id);
      if (
        table !== undefined &&
        held !== undefined &&
        maySee(table, encodeValue(held) as WireDocument, { subject, rooms })
      )
        return [];
      const what = `${frame.device} of ${subject} was told that ${id} is gone, which it could not read at version ${from}`;
      return [{ promise: "C8", what, atMs: frame.atMs }];
    }),
  );
}

/** What the scopes of the app say, in other words. */
function maySee(
  table: string,
  document: WireDocument,
  { subject, rooms }: { readonly subject: string; readonly rooms: ReadonlySet<string> },
): boolean {
  if (table === "lists" || table === "counters" || table === "entries") return true;
  if (table === "members") return document["user"] === subject;
  return table === "notes" && rooms.has(textOf(document, "room"));
}

/** A document as it may be sent: whole, or what a projection shows. */
function shownOf(table: string, held: Document, sent: WireDocument): object {
  if (table !== "entries" || "value" in sent) return held;
  return Object.fromEntries(Object.entries(held).filter(([field]) => field !== "value"));
}

function roomsOf(state: ModelState, subject: string): ReadonlySet<string> {
  const own = state.ordered("members", ["user"]).filter(({ user }) => user === subject);
  return new Set(own.map((member) => textOf(member, "room")));
}

/**
 * C9: of a room that its user may no longer read, a device stores no note in the end. A note that was moved there is not looked
 * at: such a row is no longer shown, and leaves the storage with the next compaction.
 */
export function checkStorage({ devices, commits }: FinishedRun): readonly Broken[] {
  const state = new ModelState();
  const moved = new Set<string>();
  for (const commit of commits) {
    for (const { table, id, document } of commit.writes) {
      const before = state.get(table, id);
      if (table === "notes" && before && document && before["room"] !== document["room"]) moved.add(id);
    }
    state.apply(commit);
  }
  const notes = state
    .ordered("notes", ["room"])
    .filter(({ _id }) => !moved.has(_id))
    .map((note) => ({ room: textOf(note, "room"), body: textOf(note, "body") }));
  return devices.flatMap((device): readonly Broken[] => {
    const { subject = "" } = device;
    const rooms = roomsOf(state, subject);
    const stored = ["segment", "log"] as const;
    const texts = stored.flatMap((name) =>
      [...(device.profile.disk.rowsByStore.get(name)?.values() ?? [])].map(({ row }) =>
        JSON.stringify(row, bytesAsText),
      ),
    );
    return notes
      .filter(({ room, body }) => !rooms.has(room) && texts.some((text) => text.includes(body)))
      .map(({ room, body }) => ({
        promise: "C9",
        what: `${device.name} keeps note ${body} of room ${room}, which ${subject} may not read`,
      }));
  });
}

function textOf(document: { readonly [field: string]: unknown }, field: string): string {
  const value = document[field];
  return typeof value === "string" ? value : "";
}

function bytesAsText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
}

/** The documents of each version, and which version wrote each. */
class DocumentVersions {
  readonly #fresh: FreshResults;
  readonly #writesById = new Map<string, { readonly version: number; readonly document: Document | null }[]>();

  constructor(commits: readonly LoggedCommit[], fresh: FreshResults) {
    this.#fresh = fresh;
    for (const { version, writes } of commits)
      for (const { id, document } of writes)
        this.#writesById.set(id, [...(this.#writesById.get(id) ?? []), { version, document }]);
  }

  at(version: number): ModelState {
    return this.#fresh.stateAt(version);
  }

  /** The last version, up to the given one, that wrote a document; where not all of its fields are shown, that changed one of those. */
  changedAt(id: string, version: number, fields: readonly string[]): number | undefined {
    const writes = (this.#writesById.get(id) ?? []).filter((one) => one.version <= version);
    const isWhole = Object.keys(writes.at(-1)?.document ?? {}).every((field) => fields.includes(field));
    const textOfWrite = (at: number): string =>
      JSON.stringify(fields.map((field) => writes[at]?.document?.[field] ?? null));
    for (let at = writes.length - 1; at >= 0; at--)
      if (isWhole || at === 0 || textOfWrite(at) !== textOfWrite(at - 1)) return writes[at]?.version;
    return undefined;
  }
}
