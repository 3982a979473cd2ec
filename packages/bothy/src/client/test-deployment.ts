/** A deployment as docs/spec/sync.md describes it, in memory and as simply as can be: the other side of the client's tests. */
import type { MemoryRealm, MemorySocketEnd } from "../base/index.ts";
import { functionVersion, type RegisteredFunction } from "../functions/index.ts";
import {
  chainNext,
  parseClientMessage,
  pokeText,
  type Chunk,
  type Hello,
  type Json,
  type Outcome,
  type PokeHeader,
  type PushedMutation,
  type Version,
} from "../protocol/index.ts";
import { HeldRanges, type Row } from "../ranges/index.ts";
import { keyRangeOf, rangeSpecToJson, schemaHash, type KeyRange, type RangeSpec } from "../schema/index.ts";
import { bytesOfHex, decodeValue, deriveId, encodeValue, toWireError } from "../values/index.ts";
import { runCall } from "./run-call.ts";
import { app, schema, serverOnly } from "./test-app.ts";
import { textIn } from "./test-rows.ts";
import { createSerial } from "./serial.ts";
import { rangeTag } from "../protocol/index.ts";

interface DeviceRecord {
  n: number;
  chain: string;
  readonly key: string;
  readonly user: string;
  readonly outcomes: Map<number, { readonly nonce: string; readonly outcome: Outcome }>;
}

interface Granted {
  readonly number: number;
  readonly spec: RangeSpec;
  readonly json: Json;
  range: KeyRange;
  edge: string | null;
}

/** What a deployment loses when it is restored, and what it then has again. */
interface Backup {
  readonly version: Version;
  readonly docs: HeldRanges;
  readonly devices: ReadonlyMap<string, DeviceRecord>;
}

type ScopeOf = (user: string, docs: HeldRanges) => readonly RangeSpec[];

/** Every list that a user is a member of, and their memberships. */
export const memberScope: ScopeOf = (user, docs) => {
  const members = docs.rows("members").filter(({ document }) => document["user"] === user);
  const lists = new Set(members.map((row) => textIn(row, "list")));
  return [
    { table: "members", index: "by_user", prefix: [user] },
    ...[...lists].map((list) => ({ table: "notes", index: "by_list", prefix: [list] })),
  ];
};

export class TestDeployment {
  server = "server-1";
  epoch = "epoch-1";
  version: Version = 0;
  docs = HeldRanges.create(schema);
  scope: ScopeOf = memberScope;
  /** A poke of more rows is sent in parts. */
  rowsPerPart = 1_000_000;
  /** Pokes are held back while this is true: acknowledgements are lost with the sockets. */
  isMute = false;
  isScopeFailing = false;
  schemaHash: string = schemaHash(schema);
  readonly hellos: Hello[] = [];
  /** Names and times of every execution, for counting. */
  readonly executed: { readonly nonce: string; readonly name: string }[] = [];
  readonly missing = new Set<string>();
  readonly faults: unknown[] = [];
  sent = 0;
  devices = new Map<string, DeviceRecord>();
  #docsAt = new Map<Version, HeldRanges>();
  #sessions = new Set<TestSession>();
  readonly #serial = createSerial();
  readonly realm: MemoryRealm;
  #userCount = 0;

  constructor(realm: MemoryRealm) {
    this.realm = realm;
    this.#docsAt.set(0, this.docs);
    this.start();
  }

  start(): void {
    this.realm.listen((end) => this.#sessions.add(new TestSession(this, end)));
  }

  /** Ends all sockets and takes no more. */
  stop(): void {
    this.realm.listen(undefined);
    this.dropSockets();
  }

  dropSockets(): void {
    for (const session of this.#sessions) session.end();
    this.#sessions.clear();
  }

  backup(): Backup {
    const devices = new Map([...this.devices].map(([id, one]) => [id, { ...one, outcomes: new Map(one.outcomes) }]));
    return { version: this.version, docs: this.docs.clone(), devices };
  }

  /** Goes back to a backup: a new epoch, and everything after it forgotten. */
  restore(backup: Backup): void {
    this.dropSockets();
    this.epoch = `${this.epoch}'`;
    this.version = backup.version;
    this.docs = backup.docs.clone();
    this.devices = new Map([...backup.devices].map(([id, one]) => [id, { ...one, outcomes: new Map(one.outcomes) }]));
    this.#docsAt = new Map([[this.version, this.docs.clone()]]);
  }

  docsAt(version: Version): HeldRanges | undefined {
    return this.#docsAt.get(version);
  }

  newUser(): string {
    return `user-${++this.#userCount}`;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#serial.run(task);
  }

  /** Writes directly, as another device would have. */
  async write(change: (docs: HeldRanges) => void): Promise<void> {
    await this.run(async () => this.commit(change));
  }

  commit(change: (docs: HeldRanges) => void): void {
    this.version++;
    const before = this.docs;
    this.docs = before.clone();
    change(this.docs);
    this.#docsAt.set(this.version, this.docs.clone());
  }

  pokeAll(): void {
    for (const session of this.#sessions) session.poke();
  }

  sessionOf(device: string): TestSession | undefined {
    return [...this.#sessions].find((session) => session.deviceId === device);
  }

  endOlder(device: string, newer: TestSession): void {
    for (const session of this.#sessions) {
      if (session === newer || session.deviceId !== device) continue;
      this.#sessions.delete(session);
      session.refuse("device_replaced");
    }
  }

  /** Runs or answers one pushed mutation. */
  async apply(session: TestSession, pushed: PushedMutation): Promise<void> {
    const { deviceId } = session;
    const device = this.devices.get(deviceId ?? "");
    if (!deviceId || !device || session.isOver) return;
    if (pushed.n <= device.n) {
      const kept = device.outcomes.get(pushed.n);
      if (kept && kept.nonce !== pushed.nonce) return session.refuse("device_copied");
      session.answer(kept?.outcome ?? [pushed.n, "expired"]);
      return this.pokeAll();
    }
    if (pushed.n !== device.n + 1) return session.refuse("frame_invalid");
    const { outcome, rows } = await this.#execute(device, pushed);
    this.commit((docs) => {
      for (const { table, id, row } of rows) {
        if (row === null) docs.remove(table, id);
        else docs.put(table, { ...row, document: row.document, version: this.version });
      }
    });
    device.n = pushed.n;
    device.chain = chainNext(device.chain, pushed.nonce);
    device.outcomes.set(pushed.n, { nonce: pushed.nonce, outcome });
    session.answer(outcome);
    this.pokeAll();
  }

  async #execute(
    device: DeviceRecord,
    { n, name, nonce, args, time, version, again }: PushedMutation,
  ): Promise<{ outcome: Outcome; rows: readonly { table: string; id: string; row: Row | null }[] }> {
    const registered = this.missing.has(name) ? undefined : functionNamed(name);
    if (!registered || (version !== "" && version !== functionVersion(name, registered))) {
      return { outcome: [n, "parked", { code: "function_missing", message: name }], rows: [] };
    }
    this.executed.push({ nonce, name });
    const identity = { tokenIdentifier: device.user, issuer: "test", subject: device.user };
    const nextId = (table: string, k: number): string => deriveId(bytesOfHex(device.key), bytesOfHex(nonce), table, k);
    const call = { name, args: decodeValue(args), timeMs: time, seed: nonce, identity, nextId };
    const rows = this.docs.clone();
    for (const table of Object.values(schema.tables))
      rows.hold(keyRangeOf(schema, { table: table.name, index: "by_id", prefix: [] }));
    const run = await runCall(registered, call, rows, { schema, clock: this.realm.openTab().clock });
    if (run.outcome.kind === "returned")
      return { outcome: [n, "applied", encodeValue(run.outcome.value)], rows: run.writes };
    return { outcome: [n, again ? "parked" : "rejected", toWireError(run.outcome.error)], rows: [] };
  }

  async evaluate(name: string): Promise<Json> {
    const rows = this.docs.clone();
    const registered = serverOnly[name.replace("admin:", "") as "count"];
    const call = { name, args: {}, timeMs: 0, seed: name, identity: null, nextId: () => "" };
    const run = await runCall(registered, call, rows, { schema, clock: this.realm.openTab().clock });
    return run.outcome.kind === "returned" ? encodeValue(run.outcome.value) : null;
  }
}

function functionNamed(name: string): RegisteredFunction | undefined {
  const [module = "", field = ""] = name.split(":");
  const found: unknown =
    module === "admin" ? Reflect.get(serverOnly, field) : Reflect.get(app.shared[module] ?? {}, field);
  return found as RegisteredFunction | undefined;
}

class TestSession {
  deviceId: string | undefined;
  isOver = false;
  #fence = 0;
  #user = "";
  #at: Version = 0;
  #isNew = true;
  #hasFailedScope = false;
  #cursor: { readonly version: Version; readonly tags: ReadonlySet<string> } | undefined;
  #granted = new Map<string, Granted>();
  #count = 0;
  #answers: Outcome[] = [];
  #queries = new Map<number, { readonly name: string; last: string }>();
  readonly #deployment: TestDeployment;
  readonly #end: MemorySocketEnd;

  constructor(deployment: TestDeployment, end: MemorySocketEnd) {
    this.#deployment = deployment;
    this.#end = end;
    end.onMessage((text) => {
      deployment
        .run(() => this.#receive(text))
        .catch((error: unknown) => {
          // A bug of the client's, or of this file.
          deployment.faults.push(error);
        });
    });
    end.onClose(() => (this.isOver = true));
  }

  end(): void {
    this.isOver = true;
    this.#end.close(1006);
  }

  refuse(code: string): void {
    if (this.isOver) return;
    this.#send({ type: "error", error: { code, message: code }, isFatal: true });
    this.end();
  }

  answer(outcome: Outcome): void {
    this.#answers.push(outcome);
  }

  async #receive(text: string): Promise<void> {
    if (this.isOver) return;
    const message = parseClientMessage(text);
    switch (message.type) {
      case "hello":
        return this.#greet(message);
      case "push":
        for (const pushed of message.mutations) await this.#deployment.apply(this, pushed);
        return;
      case "subscribe":
        this.#queries.set(message.query, { name: message.name, last: "" });
        return await this.#results();
      case "unsubscribe":
        this.#queries.delete(message.query);
        return;
      case "pong":
        return;
    }
  }

  #greet(hello: Hello): void {
    const deployment = this.#deployment;
    deployment.hellos.push(hello);
    if (hello.schema !== deployment.schemaHash) return this.refuse("schema_mismatch");
    const { id, key, fence, start, startChain, previous } = hello.device;
    const known = deployment.devices.get(id);
    const old = previous === undefined ? undefined : deployment.devices.get(previous);
    if (known && known.key !== key) return this.refuse("device_foreign");
    const older = deployment.sessionOf(id);
    if (older && older.#fence > fence) return this.refuse("device_replaced");
    const tokenUser = hello.token?.startsWith(`${deployment.server}:`)
      ? hello.token.slice(deployment.server.length + 1)
      : undefined;
    const user = tokenUser ?? known?.user ?? (old?.key === key ? old.user : undefined) ?? deployment.newUser();
    const device = known ?? { n: start, chain: startChain, key, user, outcomes: new Map() };
    deployment.devices.set(id, device);
    this.deviceId = id;
    this.#fence = fence;
    this.#user = device.user;
    deployment.endOlder(id, this);
    const isHere = hello.server === deployment.server && hello.epoch === deployment.epoch;
    const seal = hello.cursor && sealOf(deployment, id, { version: hello.cursor.version, ranges: hello.cursor.ranges });
    if (isHere && hello.cursor?.seal === seal && hello.cursor && deployment.docsAt(hello.cursor.version)) {
      this.#cursor = { version: hello.cursor.version, tags: new Set(hello.cursor.ranges.map(([tag]) => tag)) };
      this.#at = hello.cursor.version;
    }
    this.#send({
      type: "welcome",
      server: deployment.server,
      epoch: deployment.epoch,
      schema: deployment.schemaHash,
      now: deployment.realm.nowMs(),
      identity: { tokenIdentifier: device.user, issuer: "test", subject: device.user },
      ...(tokenUser === undefined && { token: `${deployment.server}:${device.user}` }),
      device: { n: device.n, chain: device.chain },
    });
    this.poke();
  }

  /** Brings the device to the present, in one poke. */
  poke(): void {
    const deployment = this.#deployment;
    if (this.isOver || deployment.isMute || this.deviceId === undefined) return;
    const header: { -readonly [Field in keyof PokeHeader]: PokeHeader[Field] } = {
      type: "poke",
      to: deployment.version,
    };
    const chunks: Chunk[] = [];
    if (deployment.isScopeFailing !== this.#hasFailedScope) {
      this.#hasFailedScope = deployment.isScopeFailing;
      this.#send({ type: "scope", name: "lists", state: this.#hasFailedScope ? "failed" : "ok" });
    }
    const specs = deployment.isScopeFailing
      ? [...this.#granted.values()].map(({ spec }) => spec)
      : deployment.scope(this.#user, deployment.docs);
    const tags = new Set(specs.map((spec) => rangeTag(rangeSpecToJson(spec))));
    for (const [tag, granted] of this.#granted) {
      if (tags.has(tag)) continue;
      this.#granted.delete(tag);
      header.drop = [...(header.drop ?? []), granted.number];
    }
    if (!deployment.isScopeFailing) {
      for (const granted of this.#granted.values()) this.#change(granted, { header, chunks });
      for (const spec of specs)
        if (!this.#granted.has(rangeTag(rangeSpecToJson(spec)))) this.#grant(spec, header, chunks);
    }
    if (this.#isNew && this.#cursor) header.since = this.#cursor.version;
    if (this.#answers.length > 0) {
      header.outcomes = this.#answers;
      header.ack = Math.max(...this.#answers.map(([n]) => n));
    }
    const isIdle = !this.#isNew && this.#answers.length === 0 && chunks.length === 0 && !header.drop && !header.grant;
    this.#isNew = false;
    this.#answers = [];
    if (!isIdle) this.#sendParts(header, chunks);
    this.#at = deployment.version;
    if (!deployment.isScopeFailing) this.#seal();
    void deployment.run(() => this.#results());
  }

  #change(
    granted: Granted,
    { header, chunks }: { header: { -readonly [F in keyof PokeHeader]: PokeHeader[F] }; chunks: Chunk[] },
  ): void {
    const { docs } = this.#deployment;
    const before = this.#deployment.docsAt(this.#at) ?? HeldRanges.create(schema);
    const old = new Map(inside(before, granted.range).map((row) => [row.id, row]));
    const edge = windowEdge(docs, granted);
    if (edge !== granted.edge) {
      granted.edge = edge;
      granted.range = cut(granted.spec, edge);
      header.edges = [...(header.edges ?? []), [granted.number, edge ?? ""]];
    }
    const now = inside(docs, granted.range);
    const ids = new Set(now.map(({ id }) => id));
    const rows = now.filter((row) => old.get(row.id)?.version !== row.version);
    const gone = [...old.keys()].filter((id) => !ids.has(id));
    if (rows.length + gone.length > 0) chunks.push([granted.number, rows.map(wireRow), gone]);
  }

  #grant(spec: RangeSpec, header: { -readonly [F in keyof PokeHeader]: PokeHeader[F] }, chunks: Chunk[]): void {
    const { docs } = this.#deployment;
    const json = rangeSpecToJson(spec);
    const tag = rangeTag(json);
    const edge = spec.newest === undefined ? null : edgeFor(docs, spec, spec.newest);
    const granted: Granted = { number: ++this.#count, spec, json, range: cut(spec, edge), edge };
    this.#granted.set(tag, granted);
    const isKept = this.#isNew && this.#cursor?.tags.has(tag) === true && spec.newest === undefined;
    header.grant = [...(header.grant ?? []), [granted.number, json, edge, isKept ? "kept" : "whole"]];
    if (isKept) return this.#change(granted, { header, chunks });
    chunks.push([granted.number, inside(docs, granted.range).map(wireRow), []]);
  }

  #sendParts(header: PokeHeader, chunks: readonly Chunk[]): void {
    const { to, type, grant, since, ...rest } = header;
    const pieces = chunks.flatMap(([number, rows, gone]): Chunk[] => {
      const parts: Chunk[] = [];
      const size = this.#deployment.rowsPerPart;
      for (let i = 0; i < Math.max(rows.length, 1); i += size)
        parts.push([number, rows.slice(i, i + size), i === 0 ? gone : []]);
      return parts;
    });
    const first = { ...(grant && { grant }), ...(since !== undefined && { since }) };
    for (const [place, piece] of pieces.slice(0, -1).entries()) {
      this.#sendText(pokeText({ type, to, more: true, ...(place === 0 && first) }, [JSON.stringify(piece)]));
    }
    const last = pieces.slice(-1).map((piece) => JSON.stringify(piece));
    this.#sendText(pokeText({ type, to, ...(pieces.length <= 1 && first), ...rest }, last));
  }

  #seal(): void {
    const ranges = [...this.#granted]
      .map(([tag, { edge }]) => [tag, edge] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const seal = sealOf(this.#deployment, this.deviceId ?? "", { version: this.#at, ranges });
    this.#send({ type: "cursor", version: this.#at, seal });
  }

  async #results(): Promise<void> {
    for (const [query, one] of this.#queries) {
      const value = await this.#deployment.evaluate(one.name);
      if (JSON.stringify(value) === one.last) continue;
      one.last = JSON.stringify(value);
      this.#send({ type: "result", query, version: this.#deployment.version, value });
    }
  }

  #send(message: object): void {
    this.#sendText(JSON.stringify(message));
  }

  #sendText(text: string): void {
    if (this.isOver || this.#deployment.isMute) return;
    this.#deployment.sent++;
    this.#end.send(text);
  }
}

function sealOf(
  deployment: TestDeployment,
  device: string,
  state: { readonly version: Version; readonly ranges: readonly (readonly [string, string | null])[] },
): string {
  return rangeTag([deployment.server, deployment.epoch, device, state.version, state.ranges]);
}

function wireRow(row: Row): readonly [Version, Json] {
  return [row.version, encodeValue(row.document)];
}

function inside(docs: HeldRanges, range: KeyRange): readonly Row[] {
  return docs.read(range, "asc", Number.POSITIVE_INFINITY).rows;
}

function cut(spec: RangeSpec, edge: string | null): KeyRange {
  const range = keyRangeOf(schema, spec);
  return edge !== null && edge > range.lower ? { ...range, lower: edge } : range;
}

function edgeFor(docs: HeldRanges, spec: RangeSpec, count: number): string {
  const range = keyRangeOf(schema, spec);
  const position = schema.tables[spec.table as "notes"]?.indexes.findIndex(({ name }) => name === spec.index) ?? 0;
  const rows = docs.read(range, "desc", count).rows;
  return rows.length < count ? range.lower : (rows[rows.length - 1]?.keys[position] ?? range.lower);
}

/** The edge of a window after a change (SY11). */
function windowEdge(docs: HeldRanges, { spec, range, edge }: Granted): string | null {
  if (spec.newest === undefined) return edge;
  const count = inside(docs, range).length;
  if (count >= spec.newest && count <= 2 * spec.newest) return edge;
  return edgeFor(docs, spec, spec.newest);
}
