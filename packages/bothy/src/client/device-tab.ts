import type { ClientWorld } from "../base/index.ts";
import { BothyError, isBothyError } from "../errors/index.ts";
import type { Json, WireIdentity } from "../protocol/index.ts";
import { openMemoryStorage, type ClientStorage } from "../storage/index.ts";
import { bytesOfHex, encodeValue, hexOfBytes } from "../values/index.ts";
import { applyEffect } from "./base-state.ts";
import type { Core } from "./core.ts";
import { openDevice } from "./device.ts";
import { createHolds, type HoldRequest, type Holds, type OwnRequest } from "./holds.ts";
import { hydrate, hydratePending, type Hydrated } from "./hydrate.ts";
import type { Leader } from "./leader.ts";
import { loadLeader, type LeaderPart } from "./load-leader.ts";
import { lockFound, openContact } from "./leases.ts";
import type { QueryCall } from "./live-queries.ts";
import { planReplacement, type SwitchUserOptions } from "./user.ts";
import { withRoom } from "./make-room.ts";
import { judgeEviction, readMarker, writeMarker, type Marker } from "./marker.ts";
import { createSubscribers, resultOf, storeResult, type Subscribers } from "./server-queries.ts";
import { standForLeader, type Standing } from "./standing.ts";
import type { SharedStatus, StatusBox } from "./status.ts";
import {
  deleteRow,
  putRow,
  readKept,
  type MutationCall,
  type RejectedCall,
  type Stamped,
  type StoredDevice,
  type StoredHolds,
} from "./stored-rows.ts";
import { openTabs, type TabMessage, type Tabs, type WireResult } from "./tabs.ts";

/** What could not be read is read again this much later. */
const rereadMs = 250;

export interface DeviceTabOptions {
  readonly core: Core;
  readonly status: StatusBox;
  /** Address of the deployment. */
  readonly url: string;
  /** The client's name in its profile. */
  readonly name: string;
  readonly storage: ClientStorage | Promise<ClientStorage> | undefined;
  /** The deployment has answered this tab. */
  readonly onWelcome: () => void;
}

/** This tab's part in its device: the storage, what the other tabs are told and tell, and the lead when it falls to this one. */
export class DeviceTab {
  readonly #options: DeviceTabOptions;
  readonly #core: Core;
  readonly #status: StatusBox;
  readonly #id: string;
  #subscribers: Subscribers = createSubscribers();
  /** The scopes that this tab holds on demand. */
  readonly holds: Holds = createHolds((request) => this.#ask(request));
  #storage: ClientStorage = openMemoryStorage();
  #device: StoredDevice | undefined;
  #found: Hydrated | undefined;
  #tabs: Tabs | undefined;
  #leader: Leader | undefined;
  #storedPoke = 0;
  #evicted: Marker | undefined;
  #cancelNote: (() => void) | undefined;
  #cancelRead: (() => void) | undefined;
  #standing: Standing | undefined;
  /** This tab has led, and may show what no storage has: it reads again once the storage is as far. */
  #mustRead = false;
  #stops: (() => void)[] = [];
  #isClosed = false;

  constructor(options: DeviceTabOptions) {
    this.#options = options;
    this.#core = options.core;
    this.#status = options.status;
    this.#id = hexOfBytes(this.#core.world.random.bytes(8));
  }

  /** Where this device keeps what must survive a reload; a memory until it is open, and where there is none. */
  get storage(): ClientStorage {
    return this.#storage;
  }

  /** Opens the storage, shows what is in it, and then looks for the other tabs and the deployment. */
  async open(): Promise<void> {
    try {
      const given = await this.#options.storage;
      if (given) this.#storage = withRoom(given);
    } catch (error) {
      // The app works online without a storage, and says so.
      this.#status.change({ error: isBothyError(error) ? error : null });
    }
    await this.#start();
  }

  /** Shows what is in the storage, and then looks for the other tabs and the deployment. */
  async #start(): Promise<void> {
    if (this.#isClosed) return;
    const world = this.#reach();
    const { stamp } = this.#core;
    const name = this.#lockName();
    // A database without a device beside a note of one: it was evicted, and this is another.
    const isFirst = this.#storage.isDurable && (await this.#storage.get("meta", ["device"])) === undefined;
    const marker = isFirst ? readMarker(world, this.#options.name) : undefined;
    try {
      this.#device = await openDevice(world, this.#storage, { name, stamp, marker });
    } catch (error) {
      if (!isBothyError(error) || error.code !== "schema_mismatch") throw error;
      // Nothing of it is read or written.
      return this.#status.change({ state: "updateNeeded", updateReady: true, error });
    }
    this.#evicted = readKept<Marker & Stamped>(await this.#storage.get("meta", ["evicted"]));
    if (this.#evicted) {
      const { id, unsent } = this.#evicted;
      this.#status.change({ evicted: { deviceId: id, unsentCount: unsent, lostCount: null } });
    }
    this.#core.deviceKey = bytesOfHex(this.#device.key);
    // Before the storage is read, so that no poke falls between the two; what is heard waits behind this task.
    this.#tabs = openTabs(world, {
      name,
      stamp,
      onMessage: (message, version) => {
        // Before everything that waits in line: a busy tab is no frozen one.
        this.#standing?.heard(message);
        void this.#core.serial.run(() => (version === "same" ? this.#hear(message) : this.#hearOther(message)));
      },
      onNewer: () => this.#status.change({ updateReady: true }),
    });
    const [identity, found] = await Promise.all([
      this.#storage.get("meta", ["identity"]),
      this.#read(),
      this.#readRejected(),
    ]);
    if (identity !== undefined) this.#core.identity.set(identity as WireIdentity);
    this.#found = found;
    await this.#core.adopt(this.#found);
    this.#storedPoke = this.#core.poke;
    const { atMs } = this.#core.state;
    if (atMs > 0) this.#status.change({ lastSyncedMs: atMs });
    this.post({ kind: "hello" });
    // What was asked for is there; the rest follows as far as it fits. What cannot be read says so when it is needed.
    this.#core.disk.loadRest(() => this.#isClosed).catch(() => undefined);
    this.#stops.push(this.#core.pending.subscribe(() => this.#note()));
    void this.#stand(world, this.#tabs);
  }

  /** Stands for leader once there is all that a leader needs: a tab that cannot lead stands in nobody's way. */
  async #stand(world: ClientWorld, tabs: Tabs): Promise<void> {
    const loaded = await loadLeader().catch((error: BothyError) => error);
    // Closed meanwhile, or with another user's database.
    if (this.#tabs !== tabs || this.#isClosed) return;
    if (isBothyError(loaded)) {
      this.#status.change({ state: "offline", error: loaded });
      const retry = world.signals.onChange(() => {
        retry();
        void this.#stand(world, tabs);
      });
      return void this.#stops.push(retry);
    }
    this.#standing = standForLeader({
      world,
      name: this.#lockName(),
      tab: this.#id,
      isLeading: () => this.#leader !== undefined,
      isOutdated: () => this.#status.value.updateReady,
      lead: () => void this.#core.serial.run(() => this.#lead(loaded)),
      resign: () => this.#resign(),
      post: (message) => this.post(message),
    });
  }

  /** Segments could not be read: another tab has made them into others, or the storage fails. */
  unreadable(error: unknown): void {
    if (this.#leader) return this.#storageFailed(error);
    this.#readLater();
  }

  /** Reads the storage again, once for all that asks for it meanwhile. */
  #readLater(): void {
    if (this.#leader || this.#cancelRead) return;
    this.#cancelRead = this.#core.world.clock.after(rereadMs, () => {
      this.#cancelRead = undefined;
      void this.#core.serial.run(() => this.#readAgain().catch((again) => this.#storageFailed(again)));
    });
  }

  /** Verifies all that this device holds, also what was given up. */
  repair(): void {
    if (this.#leader) this.#leader.repair();
    else this.post({ kind: "repair" });
  }

  /** Tells the other tabs something. */
  post(message: TabMessage): void {
    this.#tabs?.post(message);
  }

  /** An entry of this tab is durable. */
  async told(n: number, call: MutationCall): Promise<void> {
    // Of a user who has signed out meanwhile.
    if (!this.#core.overlay.pending.findLast((one) => one.call === call)) return;
    this.post({ kind: "entry", n, call });
    await this.#fillGaps();
    this.#leader?.push();
  }

  /** Server-only queries are subscribed to while somebody watches them: by the leader, for all tabs. */
  watch(call: QueryCall, isWatched: boolean): void {
    if (this.#core.functions.has(call.name)) return;
    const query = { ...call, args: encodeValue(call.args) };
    const message = { kind: isWatched ? "subscribe" : "unsubscribe", tab: this.#id, query } as const;
    if (this.#leader) this.#subscribed(message);
    else this.post(message);
  }

  /** Leaves the other tabs; what is stored stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.post({ kind: "bye", tab: this.#id });
    await this.#leave();
    await this.#core.serial.run(async () => this.#storage.close());
  }

  /** Deletes what is stored, for all tabs. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    writeMarker(this.#core.world, this.#options.name, undefined);
    this.post({ kind: "destroyed" });
    await this.#leave();
    await this.#core.serial.run(() => this.#storage.destroy());
  }

  /** Puts another user's database in place, for all tabs; nothing of this user's stays in memory. */
  async switchUser(options: SwitchUserOptions): Promise<void> {
    const { serial, world } = this.#core;
    await serial.run(async () => {
      const replacement = await planReplacement(this.#core, this.#storage, options);
      // First, so that no start takes what follows for an eviction.
      writeMarker(world, this.#options.name, undefined);
      const next = await this.#storage.replace(replacement);
      this.post({ kind: "moved" });
      await this.#enter(next);
    });
  }

  /** Who uses this device is known by another name from now on; what waits goes out under that. */
  async signIn(token: string): Promise<void> {
    await this.#core.serial.run(async () => {
      await this.#storage.write([putRow("meta", ["token"], token)]);
      if (this.#leader) await this.#leader.signIn();
      else this.post({ kind: "signed_in" });
    });
  }

  async #leave(): Promise<void> {
    this.#cancelNote?.();
    this.#cancelRead?.();
    await this.#leader?.close();
    this.#standing?.stop();
    for (const stop of this.#stops) stop();
    this.#tabs?.close();
    // A poke may still be on its way into the storage; a closed channel takes no more messages.
    this.#tabs = undefined;
  }

  /** What tabs of one database share: the name of their lock and channel. Another database of this name has others. */
  #lockName(): string {
    return `${this.#options.name}:${this.#storage.name}`;
  }

  /** Notes what would be lost with the database, once for all changes of a turn. */
  #note(): void {
    if (this.#cancelNote || !this.#leader || !this.#storage.isDurable) return;
    const { world } = this.#core;
    this.#cancelNote = world.clock.soon(() => {
      this.#cancelNote = undefined;
      const device = this.#leader?.device;
      if (!device || this.#isClosed || this.#status.value.storageMode === "lost") return;
      const { overlay, state } = this.#core;
      const n = overlay.pending.findLast((one) => one.n !== undefined)?.n ?? state.acked;
      writeMarker(world, this.#options.name, { id: device.id, key: device.key, n, unsent: overlay.pending.length });
    });
  }

  /** The deployment has answered: it knows how much of an evicted device had reached it. */
  #welcomed(previousN: number | undefined): void {
    if (this.#evicted) {
      this.#status.change({ evicted: judgeEviction(this.#evicted, previousN) });
      this.#evicted = undefined;
      this.#announce();
      void this.#leader?.write([deleteRow("meta", ["evicted"])]);
    }
    this.#options.onWelcome();
  }

  /** What of the world is there for this storage. */
  #reach(): ClientWorld {
    const storage = this.#storage;
    this.#stops.push(storage.onLost((error) => void this.#core.serial.run(() => this.#lost(storage, error))));
    const { world } = this.#core;
    if (storage.isDurable) return world;
    this.#status.change({ storageMode: "memory" });
    // A memory of its own is a device of its own: there is nothing to share with other tabs.
    const { locks: _locks, openChannel: _openChannel, ...alone } = world;
    return alone;
  }

  /** The database has gone: another tab has put another in its place, or it was deleted or evicted. */
  async #lost(storage: ClientStorage, error: unknown): Promise<void> {
    if (storage === this.#storage && !(await this.#followUser())) this.#storageFailed(error);
  }

  /** Moves to the database that another tab has put in place; false if none has. */
  async #followUser(): Promise<boolean> {
    // A storage that does not answer has nothing else in place.
    const next = await this.#storage.reopen().catch(() => undefined);
    if (next) await this.#enter(next);
    return next !== undefined;
  }

  async #enter(storage: ClientStorage): Promise<void> {
    await this.#leave();
    await this.#core.forget();
    this.#status.reset();
    this.holds.list.set([]);
    this.#subscribers = createSubscribers();
    this.#storage = withRoom(storage);
    this.#leader = this.#tabs = this.#standing = this.#found = this.#device = this.#evicted = undefined;
    this.#cancelNote = this.#cancelRead = undefined;
    this.#mustRead = false;
    this.#stops = [];
    await this.#start();
  }

  async #lead({ openLeader }: LeaderPart): Promise<void> {
    // The lock may have gone again while this waited for its turn.
    if (this.#isClosed || this.#leader || !this.#device || !this.#standing?.isHolder) return;
    try {
      // Another leader may have taken a new id for this device.
      const device = readKept<StoredDevice>(await this.#storage.get("meta", ["device"])) ?? this.#device;
      this.#leader = await openLeader({
        core: this.#core,
        storage: this.#storage,
        url: socketUrl(this.#options.url),
        device,
        found: this.#found,
        listener: {
          onStatus: (change, error) => this.#leaderStatus(change, error),
          onStored: (poke) => {
            this.#storedPoke = poke.number;
            this.post({ kind: "poke", ...poke });
          },
          onResult: (key, result) => this.#answered(key, result),
          onHolds: (scopes) => {
            this.holds.list.set(scopes);
            this.post({ kind: "holds", scopes });
          },
          onIdentity: () => this.#announce(),
          onRejected: () => this.post({ kind: "rejected" }),
          onWelcome: (previousN) => this.#welcomed(previousN),
          onStorageFailed: (error) => this.#storageFailed(error),
          onStorageBack: () => this.#status.change({ storageMode: "durable", error: null }),
          onReplaced: () => void this.#resign(),
        },
      });
    } catch (error) {
      this.#storageFailed(error);
      return;
    }
    // The tab was closed while it was taking the lead.
    if (this.#isClosed) return await this.#leader.close();
    // It has moved on; a later leader reads again.
    this.#found = undefined;
    if (!this.#standing.isHolder) return await this.#resign();
    this.#status.change({ isLeader: true });
    this.#note();
    this.#askAgain();
    this.#announce();
  }

  async #resign(): Promise<void> {
    const leader = this.#leader;
    if (!leader) return;
    this.#leader = undefined;
    this.#mustRead = true;
    this.#status.change({ isLeader: false, state: "connecting" });
    await leader.close();
    this.post({ kind: "hello" });
  }

  #announce(): void {
    const { state, lastSyncedMs, serverChanged, failedScopes, evicted, repairCount, stoppedRanges } =
      this.#status.value;
    this.post({
      kind: "leading",
      status: { state, lastSyncedMs, serverChanged, failedScopes, evicted, repairCount, stoppedRanges },
      identity: this.#core.identity.value,
      offsetMs: this.#core.clockOffsetMs,
      poke: this.#storedPoke,
      scopes: this.holds.list.value,
    });
  }

  async #hear(message: TabMessage): Promise<void> {
    if (this.#isClosed) return;
    switch (message.kind) {
      case "hello":
        if (this.#leader) this.#announce();
        return;
      case "leading":
        return await this.#follow(message);
      case "entry":
        return await this.#hearEntry(message);
      case "poke":
        return await this.#hearPoke(message);
      case "rejected":
        return await this.#readRejected();
      case "repair":
        return this.#leader?.repair();
      case "subscribe":
      case "unsubscribe":
        return this.#subscribed(message);
      case "bye":
        for (const key of this.#subscribers.removeTab(message.tab)) this.#leader?.subscriptions.unsubscribe(key);
        return this.#leader?.holds.leave(message.tab);
      case "hold":
      case "release":
        return this.#leader?.holds.ask(message);
      case "holds":
        if (!this.#leader) this.holds.list.set(message.scopes);
        return;
      case "result":
        return this.#core.queries.show(message.key, resultOf(message.result));
      case "ask":
      case "here":
      case "yield":
        // Heard when it arrived.
        return;
      case "moved":
        return void (await this.#followUser());
      case "signed_in":
        return await this.#leader?.signIn();
      case "destroyed":
        this.#storageFailed(new BothyError("storage_lost", { message: "Another tab has deleted this device's data." }));
        return;
    }
  }

  /** A tab of another version of the app speaks: what concerns rows is read from the storage, as far as this version understands it. */
  async #hearOther(message: TabMessage): Promise<void> {
    switch (message.kind) {
      case "leading": {
        if (this.#leader) return;
        const { state, lastSyncedMs } = message.status;
        this.#core.clockOffsetMs = message.offsetMs;
        this.#status.change({ state, lastSyncedMs });
        await this.#core.setIdentity(message.identity);
        return this.#readLater();
      }
      case "poke":
        return this.#readLater();
      case "entry":
        await this.#core.addPending(await hydratePending(this.#storage, this.#core.state.acked));
        return this.#leader?.push();
      case "hold":
      case "release":
      case "holds":
      case "repair":
        return;
      default:
        return await this.#hear(message);
    }
  }

  /** Another tab leads: its news count, and it is told what this tab watches. */
  async #follow(message: TabMessage & { readonly kind: "leading" }): Promise<void> {
    if (this.#leader) return;
    this.#core.clockOffsetMs = message.offsetMs;
    this.#status.change({ ...message.status, evicted: message.status.evicted ?? this.#status.value.evicted });
    await this.#core.setIdentity(message.identity);
    await this.#core.doubt(message.status.stoppedRanges.flatMap(tableOfSpec));
    if (message.poke > this.#core.poke || this.#mustRead) await this.#readAgain();
    this.holds.list.set(message.scopes);
    this.#askAgain();
  }

  /** A leader hears of all that this tab shows of the deployment. */
  #askAgain(): void {
    for (const call of this.#core.queries.watched()) this.watch(call, true);
    this.holds.askAgain();
  }

  async #hearEntry({ n, call }: TabMessage & { readonly kind: "entry" }): Promise<void> {
    if (n > this.#core.state.acked) await this.#core.addPending([{ n, call }]);
    await this.#fillGaps();
    this.#leader?.push();
  }

  /** An entry that is missing between others was stored by a tab that has died, or its news is still on the way. */
  async #fillGaps(): Promise<void> {
    const { overlay, state } = this.#core;
    const numbered = overlay.pending.filter(({ n }) => n !== undefined);
    const last = numbered.at(-1)?.n ?? state.acked;
    if (last - state.acked !== numbered.length)
      await this.#core.addPending(await hydratePending(this.#storage, state.acked));
  }

  async #hearPoke({ number, effect, state, outcomes }: TabMessage & { readonly kind: "poke" }): Promise<void> {
    if (this.#leader) return;
    if (this.#mustRead) return await this.#readAgain();
    if (number <= this.#core.poke) return;
    if (number > this.#core.poke + 1) return await this.#readAgain();
    const { base, changed } = applyEffect(this.#core.schema, this.#core.overlay.base, effect);
    await this.#core.advance({ number, base, effect, changed, state, outcomes });
    this.#storedPoke = number;
    this.#status.change({ lastSyncedMs: state.atMs });
    if (outcomes.some(([, kind]) => kind === "rejected" || kind === "parked")) await this.#readRejected();
  }

  async #readAgain(): Promise<void> {
    await this.#readRejected();
    const found = await this.#read();
    const { server, epoch, version } = this.#core.state;
    // What this tab has shown does not go back; the leader gets there in a moment.
    const isBehind = found.state?.server === server && found.state.epoch === epoch && found.state.version < version;
    if (this.#mustRead && isBehind) return;
    this.#mustRead = false;
    await this.#core.adopt(found);
    this.#storedPoke = this.#core.poke;
  }

  /** What is stored, without what its lease no longer lets anybody use. */
  async #read(): Promise<Hydrated> {
    const { schema, stamp, world } = this.#core;
    const silentMs = (await openContact(world, this.#storage)).silentMs();
    const read = await hydrate(schema, this.#storage, stamp);
    const found = await lockFound(schema, this.#storage, { found: read, silentMs });
    this.holds.list.set(readKept<StoredHolds>(await this.#storage.get("meta", ["holds"]))?.scopes ?? []);
    return found;
  }

  #ask(request: OwnRequest): void {
    const asked: HoldRequest = { ...request, tab: this.#id };
    if (this.#leader) this.#leader.holds.ask(asked);
    else this.post(asked);
  }

  async #readRejected(): Promise<void> {
    const rows = await this.#storage.list("rejected");
    this.#core.rejected.set(rows.flatMap(({ row }) => readKept<RejectedCall>(row) ?? []));
  }

  /** A query is asked anew for a tab that comes to it: the answer to those before went out when this one did not listen. */
  #subscribed({ kind, tab, query }: TabMessage & { readonly kind: "subscribe" | "unsubscribe" }): void {
    const isWatched = kind === "subscribe";
    if (this.#subscribers[isWatched ? "add" : "remove"](tab, query.key))
      this.#leader?.subscriptions.unsubscribe(query.key);
    if (isWatched) this.#leader?.subscriptions.subscribe(query);
  }

  #answered(key: string, result: WireResult): void {
    this.#core.queries.show(key, resultOf(result));
    this.post({ kind: "result", key, result });
    void this.#leader?.write([storeResult(this.#core, key, result)]);
  }

  #leaderStatus(change: Partial<SharedStatus>, error: BothyError | null): void {
    const hasNews = Object.entries(change).some(([name, value]) => Reflect.get(this.#status.value, name) !== value);
    const isOnline = change.state === "online";
    this.#status.change({ ...change, ...(error ? { error } : isOnline && { error: null }) });
    if (hasNews) this.#announce();
  }

  #storageFailed(error: unknown): void {
    const typed = isBothyError(error) ? error : null;
    const code = typed?.code;
    const storageMode = code === "storage_full" ? "full" : code === "storage_lost" ? "lost" : "failed";
    this.#status.change({ storageMode, error: typed });
  }
}

function tableOfSpec(spec: Json): readonly string[] {
  const table: unknown = Reflect.get(Object(spec), "table");
  return typeof table === "string" ? [table] : [];
}

function socketUrl(url: string): string {
  const address = new URL("/api/sync", url);
  address.protocol = address.protocol === "https:" || address.protocol === "wss:" ? "wss:" : "ws:";
  return address.href;
}
