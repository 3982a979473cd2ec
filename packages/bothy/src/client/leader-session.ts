import { BothyError, isBothyError } from "../errors/index.ts";
import {
  protocolVersion,
  type ClientMessage,
  type CursorMessage,
  type ErrorMessage,
  type Hello,
  type Outcome,
  type Poke,
  type ScopeMessage,
  type WarningMessage,
  type Welcome,
} from "../protocol/index.ts";
import type { StorageOperation } from "../storage/index.ts";
import { createRandom, fromWireError, hexOfBytes } from "../values/index.ts";
import { applyEffect, type Applied } from "./base-state.ts";
import type { HeldScope } from "./holds.ts";
import { openConnection, type Connection, type Incoming } from "./connection.ts";
import type { Core } from "./core.ts";
import { drawDeviceId } from "./device.ts";
import type { SharedPoke } from "./leader-listener.ts";
import { hydratePending, type Hydrated } from "./hydrate.ts";
import { emptyPoke, grantedRanges, joinParts, noGrants, planPoke, type Grants, type WholePoke } from "./plan-poke.ts";
import { segmentsConcerned } from "./poke-needs.ts";
import { createLeaderHolds, type LeaderHolds } from "./leader-holds.ts";
import { dropExpired, expiredRanges, shortestLeaseMs, type Contact } from "./leases.ts";
import { tellWrites } from "./last-writes.ts";
import { planAcknowledgement } from "./plan-acknowledgement.ts";
import type { PokeToStore } from "./poke-log.ts";
import { answeredPlace, lookUpMutations, planPush, type PushPlace } from "./push-plan.ts";
import { chainAt, floorOf, planResume, takeNewId, type NewDevicePlan, type OwnRecord } from "./resume.ts";
import { queuedCalls } from "./queued-calls.ts";
import { planParking, planSettlement, putRejected } from "./settle.ts";
import { createServerSubscriptions, type ServerSubscriptions } from "./server-subscriptions.ts";
import type { SharedStatus } from "./status.ts";
import { createStoreWriter, type StoreWriter } from "./store-writer.ts";
import {
  deleteRow,
  putRow,
  readKept,
  readStored,
  type RejectedCall,
  type RetainedCall,
  type StoredCursor,
  type StoredDevice,
  type StoredHolds,
  type SyncState,
} from "./stored-rows.ts";
import { createVerifier, type Verifier } from "./verify.ts";
import type { Leader, LeaderOptions } from "./leader.ts";

/** After so many new device ids in a row without a poke something is wrong that another id will not mend. */
const newDevicesMax = 3;

/** The clock may be set: how often it is looked at while there are leases. */
const leasePollMs = 60_000;

/** What a leader goes on from. */
export interface Beginning {
  readonly found: Hydrated;
  readonly contact: Contact;
  readonly scopes: readonly HeldScope[];
}

/** A leader at work: one connection after another, and everything that comes over them in turn. */
export class LeaderSession implements Leader {
  readonly #options: LeaderOptions;
  readonly #core: Core;
  readonly #found: Hydrated;
  readonly #random: () => number;
  readonly #writer: StoreWriter;
  readonly #contact: Contact;
  readonly #scopes: readonly HeldScope[];
  readonly holds: LeaderHolds;
  readonly subscriptions: ServerSubscriptions;
  #device: StoredDevice;
  #connection: Connection | undefined;
  #token: string | undefined;
  #isPaused = false;
  #cursor: StoredCursor | undefined;
  #retained: readonly RetainedCall[] = [];
  #deployment: { readonly server: string; readonly epoch: string } | undefined;
  #hasHistoryChanged = false;
  readonly #verifier: Verifier;
  /** A cursor that came before what is held was proved. */
  #unproved: CursorMessage | undefined;
  #grants: Grants = noGrants;
  #offered: Grants["offered"] = [];
  #parts: Poke[] = [];
  #failedScopes = new Set<string>();
  #place: PushPlace | undefined;
  #applied = 0;
  #newDeviceCount = 0;
  #replacedCount = 0;
  #stopLeases = (): void => undefined;
  #isDev = false;
  readonly #warnedOf = new Set<string>();
  #isClosed = false;

  constructor(options: LeaderOptions, fence: number, { found, contact, scopes }: Beginning) {
    const { core, listener } = options;
    this.#options = options;
    this.#core = core;
    this.#found = found;
    this.#contact = contact;
    this.#scopes = scopes;
    this.#device = options.device;
    this.#random = createRandom(hexOfBytes(core.world.random.bytes(16)));
    const send = (message: ClientMessage): void => {
      if (this.#place) this.#connection?.send(message);
    };
    this.holds = createLeaderHolds({
      world: core.world,
      send,
      onChange: (held) => {
        listener.onHolds(held);
        void this.write([putRow("meta", ["holds"], { ...core.stamp, scopes: held } satisfies StoredHolds)]);
      },
    });
    this.#verifier = createVerifier({
      core,
      grants: () => this.#grants,
      send,
      onChange: (verification) => this.#status(verification),
    });
    this.subscriptions = createServerSubscriptions(send, (key, result) => listener.onResult(key, result));
    this.#writer = createStoreWriter(options, found, fence);
  }

  /** Reads what only a leader needs, finishes what a dead one left undone, and connects. */
  async start(): Promise<void> {
    const { storage } = this.#options;
    const { state, unmoved, refused, chainBefore, isSchemaSame } = this.#found;
    await this.#readToken();
    const cursor = readStored<StoredCursor>(await storage.get("meta", ["cursor"]));
    const isCurrent = cursor?.server === state?.server && cursor?.epoch === state?.epoch;
    if (cursor && isCurrent && isSchemaSame) this.#cursor = cursor;
    this.#retained = (await storage.list("retained")).flatMap(({ row }) => readKept<RetainedCall>(row) ?? []);
    if (this.#core.isHydrated && this.#core.poke === this.#found.poke) {
      this.#core.disk.refresh(this.#found.segments);
      await this.#core.addPending(this.#found.pending);
    } else await this.#core.adopt(this.#found);
    if (unmoved.length > 0) {
      const outcomeByN = new Map(refused.map((outcome) => [outcome[0], outcome]));
      const from = { chainBefore, retained: this.#retained, nowMs: this.#core.nowMs() };
      const settlement = planSettlement(unmoved, outcomeByN, from);
      this.#retained = settlement.retained;
      await this.#writer.moveOutbox(unmoved[unmoved.length - 1]?.n ?? 0, settlement.operations);
      this.#reject(settlement.rejected);
    }
    this.holds.begin(this.#scopes);
    const { locked } = this.#found;
    if (locked) await this.#drop({ base: this.#core.overlay.base, changed: new Map(), effect: locked });
    this.#watchLeases();
    this.#writer.scheduleCompaction();
    this.#connection = openConnection({
      world: this.#core.world,
      url: this.#options.url,
      random: this.#random,
      hello: () => this.#hello(),
      isPaused: () => this.#isPaused,
      onMessage: (message) => this.#run(() => this.#handle(message)),
      onDown: () => this.#down(),
    });
  }

  get device(): StoredDevice {
    return this.#device;
  }

  async reread(): Promise<void> {
    const wasPaused = this.#isPaused;
    await this.#readToken();
    this.#connection?.restart("now");
    if (wasPaused && !this.#isPaused) this.#status({ state: "connecting" });
  }

  async #readToken(): Promise<void> {
    const token = await this.#options.storage.get("meta", ["token"]);
    this.#token = typeof token === "string" ? token : undefined;
    this.#isPaused = (await this.#options.storage.get("meta", ["paused"])) !== undefined;
  }

  repair(): void {
    this.#run(() => this.#verifier.repair());
  }

  write(operations: readonly StorageOperation[]): Promise<void> {
    return this.#writer.write(operations);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#connection?.close();
    this.holds.close();
    this.#stopLeases();
    await this.#writer.close();
  }

  /** Runs a step in turn with everything else that changes what is shown. A step that fails starts the connection over. */
  #run(step: () => Promise<void>): void {
    const guarded = async (): Promise<void> => {
      if (this.#isClosed) return;
      try {
        await step();
      } catch (error) {
        this.#status({}, asInternal(error));
        this.#connection?.restart("later");
      }
    };
    void this.#core.serial.run(guarded);
  }

  #hello(): Hello {
    const { state, stamp, overlay } = this.#core;
    const own = this.#own();
    const start = Math.max(floorOf(own), this.#device.start);
    const { id, key, previous } = this.#device;
    const cursor = this.#cursor;
    const holds = this.holds.hello();
    this.#offered = cursor?.ranges ?? [];
    const lost = this.#offered.flatMap(([tag], place) => (overlay.base.holdings.has(tag) ? [] : [place]));
    return {
      type: "hello",
      protocol: protocolVersion,
      schema: stamp.schema,
      token: this.#token,
      device: {
        id,
        key,
        fence: this.#writer.fence,
        start,
        startChain: chainAt(own, start) ?? own.chain,
        previous,
      },
      acked: state.acked,
      chain: state.chain,
      ...(state.server !== "" && { server: state.server, epoch: state.epoch }),
      cursor: cursor && {
        seal: cursor.seal,
        version: cursor.version,
        ranges: cursor.ranges,
        lost: lost.length > 0 ? lost : undefined,
      },
      ...(holds.length > 0 && { holds }),
      queued: queuedCalls(overlay.pending),
    };
  }

  #own(): OwnRecord {
    const { state, overlay } = this.#core;
    const outbox = overlay.pending.flatMap(({ n, call }) => (n === undefined ? [] : [{ n, nonce: call.nonce }]));
    return {
      acked: state.acked,
      chain: state.chain,
      retained: this.#retained,
      outbox,
      hasHistoryChanged: this.#hasHistoryChanged,
    };
  }

  async #handle(message: Incoming): Promise<void> {
    // It was on its way when the app chose to stay away.
    if (this.#isPaused) return;
    switch (message.type) {
      case "welcome":
        return await this.#welcome(message);
      case "poke":
        return await this.#pokePart(message);
      case "cursor":
        return await this.#sealed(message);
      case "check":
        await this.#verifier.checked(message);
        return this.#unproved && (await this.#sealed(this.#unproved));
      case "differ":
        return await this.#verifier.differs(message);
      case "result":
        return this.subscriptions.answered(message);
      case "scope":
        return this.#scope(message);
      case "error":
        return await this.#refused(message);
      case "warning":
        return this.#warn(message);
      case "ping":
        return await this.#ping();
    }
  }

  async #welcome(welcome: Welcome): Promise<void> {
    const { state, world } = this.#core;
    this.#grants = { ...noGrants, offered: this.#offered };
    this.#unproved = undefined;
    this.#verifier.reset();
    this.#parts = [];
    this.#failedScopes.clear();
    this.#deployment = { server: welcome.server, epoch: welcome.epoch };
    this.#isDev = welcome.dev === true;
    const isOther = state.server !== "" && state.server !== welcome.server;
    this.#hasHistoryChanged = isOther || (state.server !== "" && state.epoch !== welcome.epoch);
    this.#core.clockOffsetMs = welcome.now - world.clock.nowMs();
    await this.#keepIdentity(welcome);
    await this.#readPending();
    // Until the deployment has caught up there is nothing to say: the socket ends when it has (CL42).
    if (welcome.behind) return this.#status({ state: "ahead" });
    const plan = planResume(this.#own(), welcome.device);
    // Two profiles that live on one device id would replace each other for ever. Nothing of ours is in doubt here, so we give way.
    const isInDoubt = plan.kind !== "push" || plan.from !== state.acked + 1 || welcome.device.n !== state.acked;
    const isFought = this.#replacedCount >= 2 && !isInDoubt;
    if (plan.kind === "new_device") return await this.#takeNewDevice(plan);
    if (isFought) return await this.#takeNewDevice(takeNewId(this.#own(), state.acked));
    this.#place = { next: plan.from, answered: plan.from - 1, isProbing: plan.kind === "probe" };
    // In a probe the record may be another's.
    this.#applied = plan.kind === "push" ? welcome.device.n : 0;
    const atMs = this.#core.nowMs();
    const changed = isOther ? "server_changed" : "epoch_changed";
    this.#status({
      state: "online",
      failedScopes: [],
      ...(this.#hasHistoryChanged && { serverChanged: { kind: changed, atMs } }),
    });
    this.subscriptions.sendAll();
    this.holds.welcomed();
    this.push();
    this.#options.listener.onWelcome(welcome.previousN);
  }

  async #keepIdentity({ token, identity }: Welcome): Promise<void> {
    const operations: StorageOperation[] = [];
    if (token !== undefined) {
      this.#token = token;
      operations.push(putRow("meta", ["token"], token));
    }
    if (this.#core.identity.value?.tokenIdentifier !== identity.tokenIdentifier) {
      operations.push(putRow("meta", ["identity"], identity));
      await this.#core.setIdentity(identity);
      this.#options.listener.onIdentity();
    }
    if (operations.length > 0) void this.write(operations);
  }

  /** Goes on under another device id (SY21); what can no longer be told is parked. */
  async #takeNewDevice(plan: NewDevicePlan): Promise<void> {
    const { world, stamp } = this.#core;
    this.#device = {
      ...stamp,
      id: drawDeviceId(world),
      key: this.#device.key,
      start: plan.start,
      previous: this.#device.id,
    };
    const { kept, parked } = planParking(this.#retained, plan.parkUpTo, this.#core.nowMs());
    this.#retained = kept;
    this.#place = undefined;
    this.#replacedCount = 0;
    await this.write([
      putRow("meta", ["device"], this.#device),
      ...parked.map(({ n }) => deleteRow("retained", [n])),
      ...parked.map(putRejected),
    ]);
    this.#reject(parked);
    this.#newDeviceCount++;
    this.#connection?.restart(this.#newDeviceCount > newDevicesMax ? "later" : "now");
  }

  /** Adds to the rejected list what the storage has there already. */
  #reject(added: readonly RejectedCall[]): void {
    if (added.length === 0) return;
    const { rejected } = this.#core;
    rejected.set([...rejected.value, ...added]);
    this.#options.listener.onRejected();
  }

  async #pokePart(part: Poke): Promise<void> {
    this.#parts.push(part);
    if (part.header.more) return;
    await this.#apply(joinParts(this.#parts.splice(0)));
  }

  async #apply(poke: WholePoke): Promise<void> {
    if (!this.#deployment || !this.#place) return;
    const { schema, overlay, state, disk } = this.#core;
    const situation = { grants: this.#grants, hasFailedScope: this.#hasFailedScope() };
    let plan = planPoke(schema, overlay.base, poke, situation);
    const absent = plan ? segmentsConcerned(this.#core, poke, plan) : [];
    if (absent.length > 0) {
      await disk.load(absent);
      plan = planPoke(schema, overlay.base, poke, situation);
    }
    if (!plan) return this.#startOver();
    const before = overlay.base.holdings;
    const applied = applyEffect(schema, overlay.base, plan.effect);
    this.#grants = plan.grants;
    const { header } = poke;
    const { acked, chain, retained, rejected, refused, moved, again } = planAcknowledgement(
      this.#core,
      this.#retained,
      this.#place,
      header,
    );
    const next: SyncState = {
      ...this.#deployment,
      version: header.to,
      acked,
      chain,
      applied: this.#applied,
      atMs: this.#core.nowMs(),
      hasFailedScope: this.#hasFailedScope(),
    };
    this.#retained = retained;
    const outcomes = header.outcomes ?? [];
    const number = this.#core.poke + 1;
    const { base, effect } = applied;
    const shared: SharedPoke = { number, effect, state: next, outcomes };
    await this.#core.advance({ ...applied, ...shared });
    this.#contact.renew();
    if (rejected) this.#core.rejected.set(rejected);
    this.holds.held(header.held);
    this.#answered(header.ack, outcomes);
    this.#newDeviceCount = 0;
    this.#status({ lastSyncedMs: next.atMs });
    void this.#store(shared, { refused, chainBefore: state.chain, base, moved }, again);
    if (effect.ranges) {
      if ([...before.keys()].some((tag) => !base.holdings.has(tag))) void this.#forgetResults();
      this.#watchLeases();
    }
    await this.#verifier.poked(header, plan.compare);
  }

  /** An answer that nobody asks for any longer is never brought up to date: it may be of what was just taken away (C9). */
  async #forgetResults(): Promise<void> {
    const stored = await this.#options.storage.list("result");
    const left = stored.filter(({ key }) => !this.subscriptions.has(key[0]));
    await this.write(left.map(({ key }) => deleteRow("result", key)));
  }

  /** Locks what was without contact for longer than its lease, and looks again when that may be so of something else (CL18). */
  #watchLeases(): void {
    this.#stopLeases();
    const leaseMs = shortestLeaseMs(this.#core.overlay.base);
    if (leaseMs === Infinity) return;
    void this.write([this.#contact.store(this.#core.stamp)]);
    const leftMs = Math.max(leaseMs - this.#contact.silentMs(), 0);
    this.#stopLeases = this.#core.world.clock.after(Math.min(leftMs, leasePollMs), () => this.#run(() => this.#lock()));
  }

  async #lock(): Promise<void> {
    const { schema, overlay, disk } = this.#core;
    const silentMs = this.#contact.silentMs();
    const expired = expiredRanges(overlay.base, silentMs);
    if (expired.length > 0) {
      await disk.load(disk.absentIn(expired, -1));
      await this.#drop(dropExpired(schema, overlay.base, silentMs));
      // The deployment still takes this device to hold it; the next hello says what is lost.
      this.#place = undefined;
      this.#connection?.restart("now");
    }
    this.#watchLeases();
  }

  /** Shows and stores that ranges have left although no poke said so. */
  async #drop(applied: Applied): Promise<void> {
    const { poke, state } = this.#core;
    const shared: SharedPoke = { state, number: poke + 1, outcomes: [], effect: applied.effect };
    await this.#core.advance({ ...applied, ...shared });
    this.holds.lock(this.#contact.silentMs());
    void this.#forgetResults();
    void this.#store(shared, { refused: [], chainBefore: state.chain, base: applied.base, moved: undefined });
  }

  /** Stores a poke that is shown, and tells the other tabs once the storage has it, or has refused it. */
  async #store(
    shared: SharedPoke,
    rest: Omit<PokeToStore, keyof SharedPoke>,
    again: readonly StorageOperation[] = [],
  ): Promise<void> {
    await this.#writer.storePoke({ ...shared, ...rest });
    if (again.length > 0) await this.write(again);
    this.#options.listener.onStored(shared);
    this.#writer.scheduleCompaction();
  }

  /** Opens the push window by what was answered on this connection. */
  #answered(ack: number | undefined, outcomes: readonly Outcome[]): void {
    if (!this.#place) return;
    this.#place = answeredPlace(this.#place, ack, outcomes);
    this.push();
  }

  push(): void {
    const stored = lookUpMutations(this.#core, this.#retained);
    const mutationAt = this.#isDev && this.#isOfDeployment() ? tellWrites(this.#core, stored) : stored;
    while (this.#place) {
      const mutations = planPush(this.#place, mutationAt);
      const last = mutations[mutations.length - 1];
      if (!last) return;
      this.#connection?.send({ type: "push", mutations });
      this.#place = { ...this.#place, next: last.n + 1 };
    }
  }

  /** What is held is a state of this deployment, or nothing at all. */
  #isOfDeployment(): boolean {
    const { server, epoch } = this.#core.state;
    return server === "" || (server === this.#deployment?.server && epoch === this.#deployment.epoch);
  }

  /** Once for each function: the next call would say the same (CL47). */
  #warn({ function: name, text }: WarningMessage): void {
    if (this.#warnedOf.has(name)) return;
    this.#warnedOf.add(name);
    this.#core.world.warn(text);
  }

  /** Keeps the proof of what was just stored (SY15). */
  async #sealed(message: CursorMessage): Promise<void> {
    const { version, seal } = message;
    await this.#thaw();
    this.#unproved = this.#verifier.isProven ? undefined : message;
    if (this.#unproved) return;
    this.#contact.renew();
    if (!this.#deployment || version !== this.#core.state.version) return;
    this.#cursor = { ...this.#core.stamp, ...this.#deployment, seal, version, ranges: grantedRanges(this.#grants) };
    this.#status({ lastSyncedMs: this.#core.nowMs() });
    void this.write([putRow("meta", ["cursor"], this.#cursor)]);
  }

  /** The deployment takes us to hold what we do not: without a cursor everything comes whole. */
  #startOver(): void {
    this.#cursor = undefined;
    void this.write([deleteRow("meta", ["cursor"])]);
    this.#connection?.restart("now");
  }

  #scope(message: ScopeMessage): void {
    const { name, state, hold } = message;
    if (hold !== undefined) return this.holds.told(message);
    if (state === "failed") this.#failedScopes.add(name);
    else this.#failedScopes.delete(name);
    this.#status({ failedScopes: [...this.#failedScopes] });
  }

  async #refused({ error, isFatal, query }: ErrorMessage): Promise<void> {
    if (query !== undefined && !isFatal) return this.subscriptions.answered({ query, error });
    const typed = asInternal(fromWireError(error));
    if (!isFatal) return this.#status({}, typed);
    switch (typed.code) {
      case "protocol_unsupported":
      case "schema_mismatch":
        this.#connection?.restart("refused");
        return this.#status({ state: "updateNeeded" }, typed);
      case "unauthorized":
      case "token_foreign":
        return await this.#dropToken(typed);
      case "device_foreign":
      case "device_copied": {
        const own = this.#own();
        return await this.#takeNewDevice(takeNewId(own, typed.code === "device_copied" ? own.acked : floorOf(own)));
      }
      case "device_replaced":
        return await this.#replaced(typed);
      default:
        this.#connection?.restart("later");
        return this.#status({ state: "offline" }, typed);
    }
  }

  /** The device's id and key are enough for a new token (SY3); without one to drop there is nothing to try. */
  async #dropToken(error: BothyError): Promise<void> {
    const hadToken = this.#token !== undefined;
    this.#token = undefined;
    await this.write([deleteRow("meta", ["token"])]);
    if (!hadToken) this.#status({ state: "offline" }, error);
    this.#connection?.restart(hadToken ? "now" : "refused");
  }

  /** Another socket of this device: of a tab that leads now, or of a copy of this profile. */
  async #replaced(error: BothyError): Promise<void> {
    const { storage, listener } = this.#options;
    if ((await storage.get("meta", ["fence"])) !== this.#writer.fence) return listener.onReplaced();
    // Nobody here has taken over, so the other one has another storage: a copy. A higher fence makes us heard once more, and
    // the deployment's record then says what is ours.
    this.#replacedCount++;
    await this.#writer.raiseFence();
    this.#status({}, error);
    this.#connection?.restart("later");
  }

  /** The deployment is at rest, so its scopes have said all: what a failed one left and none has granted since is lost. */
  async #thaw(): Promise<void> {
    if (this.#grants.frozen.length === 0 || this.#hasFailedScope()) return;
    await this.#apply(emptyPoke(this.#core.state.version));
  }

  #hasFailedScope(): boolean {
    return this.#failedScopes.size > 0 || this.holds.hasFailed;
  }

  async #ping(): Promise<void> {
    await this.#thaw();
    if (this.#grants.isAnswered) this.#contact.renew();
    if (this.#place) this.#status({ lastSyncedMs: this.#core.nowMs() });
    await this.#readPending();
    this.push();
  }

  /** A tab may have died between storing an entry and telling of it. A storage that was lost has said so: what is shown goes on. */
  async #readPending(): Promise<void> {
    const { storage } = this.#options;
    await this.#core.addPending(await hydratePending(storage, this.#core.state.acked).catch(() => []));
  }

  #down(): void {
    this.#place = undefined;
    this.#status({ state: this.#isPaused ? "paused" : "offline" });
  }

  #status(change: Partial<SharedStatus>, error: BothyError | null = null): void {
    this.#options.listener.onStatus(change, error);
  }
}

/** What went wrong, where nothing of what was thrown is meant for an app. */
function asInternal(error: unknown): BothyError {
  return isBothyError(error) ? error : new BothyError("internal", { message: String(error), cause: error });
}
