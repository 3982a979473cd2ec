import { createBrowserWorld, type ClientWorld } from "../base/index.ts";
import { BothyError, isBothyError } from "../errors/index.ts";
import { getFunctionName, type ArgsOf, type FunctionReference, type ReturnOf } from "../functions/index.ts";
import type { ClientStorage } from "../storage/index.ts";
import { openMemoryStorage } from "../storage/index.ts";
import { decodeValue, encodeValue, hexOfBytes, stringifyValue, type Value } from "../values/index.ts";
import { applyEffect } from "./base-state.ts";
import { createCore, type Core } from "./core.ts";
import { openDevice } from "./device.ts";
import { hydrate, hydratePending, type Hydrated } from "./hydrate.ts";
import { openLeader, type Leader } from "./leader.ts";
import type { QueryCall, QueryResult } from "./live-queries.ts";
import { createMutations, type MutationPromises, type NewCall } from "./mutations.ts";
import { createObservable, type Observable } from "./observable.ts";
import { createSubscribers, putResult, resultOf, showStoredResult, type Subscribers } from "./server-queries.ts";
import type { ClientApp } from "./shared-functions.ts";
import { firstStatus, type ClientStatus, type SharedStatus } from "./status.ts";
import { deleteRow, readStored, type RejectedCall, type StoredDevice } from "./stored-rows.ts";
import { openTabs, type TabMessage, type Tabs, type WireResult } from "./tabs.ts";
import { createOutboxView, createRejectedView, type OutboxEntry, type RejectedEntry } from "./views.ts";
import type { WireIdentity } from "../protocol/index.ts";

/** A parked mutation is not tried again by itself sooner than this. */
const parkedRetryMs = 60_000;

/** What a client is made from. */
export interface ClientOptions {
  /** Address of the deployment, such as `location.origin`. */
  readonly url: string;
  /** What `_generated/client` exports. */
  readonly app: ClientApp;
  /** Where data is kept; without one, or if it can't be opened, in memory. */
  readonly storage?: ClientStorage | Promise<ClientStorage>;
  /** Separates clients of one origin that keep different storages; tabs of one storage share the name. */
  readonly name?: string;
  /** A WebSocket constructor, for platforms without a global one. */
  readonly webSocket?: new (url: string) => WebSocket;
  /** Stands in for the browser, in tests and simulations. */
  readonly world?: ClientWorld;
}

/** What a query shows now, and a way to hear of the next. */
export interface QueryView<T = Value> {
  readonly result: QueryResult<T>;
  subscribe(listener: () => void): () => void;
}

/** Makes a client and starts it: it reads its storage, shows what is there, and connects. */
export function createClient(options: ClientOptions): BothyClient {
  return new BothyClient(options);
}

/** One app's data on this device, and its way to the deployment. */
export class BothyClient {
  readonly #options: ClientOptions;
  readonly #world: ClientWorld;
  readonly #core: Core;
  readonly #name: string;
  readonly #tab: string;
  readonly #status: Observable<ClientStatus>;
  readonly #outbox: Observable<readonly OutboxEntry[]>;
  readonly #rejected: Observable<readonly RejectedEntry[]>;
  readonly #subscribers: Subscribers = createSubscribers();
  readonly #mutate: (call: NewCall) => MutationPromises;
  #storage: ClientStorage = openMemoryStorage();
  #device: StoredDevice | undefined;
  #found: Hydrated | undefined;
  #tabs: Tabs | undefined;
  #leader: Leader | undefined;
  #storedPoke = 0;
  #stops: (() => void)[] = [];
  #hasAskedToPersist = false;
  #isClosed = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { webSocket } = options;
    this.#world = options.world ?? createBrowserWorld(webSocket ? { webSocket } : {});
    this.#name = `bothy:${options.name ?? "app"}`;
    this.#tab = hexOfBytes(this.#world.random.bytes(8));
    this.#core = createCore(this.#world, options.app, {
      onNew: (call) => void this.#core.serial.run(() => this.#runFirst(call)),
      onWatched: (call, isWatched) => this.#watched(call, isWatched),
    });
    this.#status = createObservable(firstStatus);
    this.#outbox = createOutboxView(this.#core.pending);
    this.#rejected = createRejectedView(this.#core.rejected);
    this.#core.pending.subscribe(() => this.#setStatus({ pendingCount: this.#core.pending.value.length }));
    this.#core.identity.subscribe(() => this.#setStatus({ identity: this.#core.identity.value }));
    this.#mutate = createMutations({
      core: this.#core,
      storage: () => this.#storage,
      refusal: (isShared) => this.#refusal(isShared),
      onEntry: async (n, call) => {
        this.#tabs?.post({ kind: "entry", n, call });
        await this.#fillGaps();
        this.#leader?.push();
      },
    });
    // The first task: everything that is asked of the client meanwhile waits behind it.
    void this.#core.serial.run(() => this.#open());
  }

  /** How this client stands with its deployment and its storage. */
  get status(): Pick<Observable<ClientStatus>, "value" | "subscribe"> {
    return this.#status;
  }

  /** Mutations that the deployment has not acknowledged, oldest first. */
  get outbox(): Pick<Observable<readonly OutboxEntry[]>, "value" | "subscribe"> {
    return this.#outbox;
  }

  /** Mutations that were refused or parked, until they are retried or discarded. */
  get rejected(): Pick<Observable<readonly RejectedEntry[]>, "value" | "subscribe"> {
    return this.#rejected;
  }

  /** The live result of a query; equal calls share one. */
  query<F extends FunctionReference<"query">>(reference: F, args: ArgsOf<F>): QueryView<ReturnOf<F>> {
    const call = this.#queryCall(getFunctionName(reference), args as Value);
    const live = this.#core.queries.open(call);
    // What the function returns is what its reference says; only the compiler knows the type.
    return live as QueryView<unknown> as QueryView<ReturnOf<F>>;
  }

  /** Calls `onChange` with each new result of a query, beginning with the present one; returns the way to stop. */
  watch<F extends FunctionReference<"query">>(
    reference: F,
    args: ArgsOf<F>,
    onChange: (result: QueryResult<ReturnOf<F>>) => void,
  ): () => void {
    const view = this.query(reference, args);
    const stop = view.subscribe(() => onChange(view.result));
    onChange(view.result);
    return stop;
  }

  /** Calls a mutation: the screen shows it at once, `local` says that it is safe, `server` how it ended. */
  mutate<F extends FunctionReference<"mutation">>(
    reference: F | string,
    args: ArgsOf<F>,
  ): MutationPromises<ReturnOf<F>> {
    if (!this.#hasAskedToPersist) {
      this.#hasAskedToPersist = true;
      // A browser that refuses may evict; there is nothing else to ask it.
      this.#world.persistStorage().catch(() => undefined);
    }
    const promises = this.#mutate({ name: getFunctionName(reference), args: args as Value });
    return promises as MutationPromises<unknown> as MutationPromises<ReturnOf<F>>;
  }

  /** Makes a refused or parked call again, with the same or with other arguments; its entry leaves the list once that is durable. */
  retry(n: number, args?: Readonly<Record<string, unknown>>): MutationPromises<unknown> {
    const entry = this.#core.rejected.value.find((one) => one.n === n);
    if (!entry) throw missingEntry(n);
    return this.#retry(entry, { ...(args && { args: args as Value }) });
  }

  /** Forgets a refused or parked call. */
  async discard(n: number): Promise<void> {
    if (!this.#core.rejected.value.some((one) => one.n === n)) throw missingEntry(n);
    await this.#storage.write([deleteRow("rejected", [n])]);
    this.#removeRejected(n);
  }

  /** Stops everything; what is stored stays. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tabs?.post({ kind: "bye", tab: this.#tab });
    await this.#leader?.close();
    for (const stop of this.#stops) stop();
    this.#tabs?.close();
    await this.#core.serial.run(async () => this.#storage.close());
  }

  /** Deletes everything that this device keeps of the app, also what was never sent, and closes the client. */
  async destroyLocal(): Promise<void> {
    this.#tabs?.post({ kind: "destroyed" });
    const storage = this.#storage;
    await this.#leader?.close();
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#tabs?.close();
    await this.#core.serial.run(() => storage.destroy());
  }

  /** Opens the storage, shows what is in it, and then looks for the other tabs and the deployment. */
  async #open(): Promise<void> {
    const { world } = await this.#openStorage();
    if (this.#isClosed) return;
    const { stamp } = this.#core;
    this.#device = await openDevice(world, this.#storage, { name: this.#name, stamp });
    this.#core.setDeviceKey(this.#device.key);
    // Before the storage is read, so that no poke falls between the two; what is heard waits behind this task.
    this.#tabs = openTabs(world, {
      name: this.#name,
      stamp,
      onMessage: (message) => void this.#core.serial.run(() => this.#hear(message)),
    });
    const identity = await this.#storage.get("meta", ["identity"]);
    if (identity !== undefined) this.#core.identity.set(identity as WireIdentity);
    await this.#readRejected();
    this.#found = await hydrate(this.#core.schema, this.#storage, stamp);
    await this.#core.adopt(this.#found);
    this.#storedPoke = this.#core.poke;
    const { atMs } = this.#core.state;
    if (atMs > 0) this.#setStatus({ lastSyncedMs: atMs });
    this.#tabs.post({ kind: "hello" });
    this.#stand(world);
  }

  async #openStorage(): Promise<{ readonly world: ClientWorld }> {
    try {
      const given = await this.#options.storage;
      if (given) this.#storage = given;
    } catch (error) {
      // The app works online without a storage, and says so.
      this.#setStatus({ error: isBothyError(error) ? error : null });
    }
    this.#stops.push(this.#storage.onLost((error) => this.#storageFailed(error)));
    if (this.#storage.isDurable) return { world: this.#world };
    this.#setStatus({ storageMode: "memory" });
    // A memory of its own is a device of its own: there is nothing to share with other tabs.
    const { locks: _locks, openChannel: _openChannel, ...alone } = this.#world;
    return { world: alone };
  }

  /** Stands for leader: waits for the lock, or leads at once where there are no locks. */
  #stand(world: ClientWorld): void {
    if (this.#isClosed) return;
    if (world.locks) {
      this.#stops.push(world.locks.hold(this.#name, () => void this.#core.serial.run(() => this.#lead())));
      return;
    }
    void this.#core.serial.run(() => this.#lead());
    // Without locks another tab may take over; this one takes its turn when it is looked at again.
    const stop = this.#world.signals.onChange(() => {
      if (!this.#leader && this.#world.signals.isVisible()) void this.#core.serial.run(() => this.#lead());
    });
    this.#stops.push(stop);
  }

  async #lead(): Promise<void> {
    if (this.#isClosed || this.#leader || !this.#device) return;
    try {
      // Another leader may have taken a new id for this device.
      const device = readStored<StoredDevice>(await this.#storage.get("meta", ["device"])) ?? this.#device;
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
            this.#tabs?.post({ kind: "poke", ...poke });
          },
          onResult: (key, result) => this.#answered(key, result),
          onIdentity: () => this.#announce(),
          onRejected: () => this.#tabs?.post({ kind: "rejected" }),
          onWelcome: () => this.#retryParked(),
          onStorageFailed: (error) => this.#storageFailed(error),
          onReplaced: () => void this.#resign(),
        },
      });
    } catch (error) {
      this.#storageFailed(error);
      return;
    }
    // It has moved on; a later leader reads again.
    this.#found = undefined;
    this.#setStatus({ isLeader: true });
    for (const call of this.#core.queries.watched()) this.#watched(call, true);
    this.#announce();
  }

  async #resign(): Promise<void> {
    const leader = this.#leader;
    this.#leader = undefined;
    this.#setStatus({ isLeader: false, state: "offline" });
    await leader?.close();
  }

  #announce(): void {
    const { state, lastSyncedMs, serverChanged, failedScopes } = this.#status.value;
    this.#tabs?.post({
      kind: "leading",
      status: { state, lastSyncedMs, serverChanged, failedScopes },
      identity: this.#core.identity.value,
      offsetMs: this.#core.clockOffsetMs,
      poke: this.#storedPoke,
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
      case "subscribe":
      case "unsubscribe":
        return this.#subscribed(message);
      case "bye":
        for (const key of this.#subscribers.removeTab(message.tab)) this.#leader?.unsubscribe(key);
        return;
      case "result":
        return this.#core.queries.show(message.key, resultOf(message.result));
      case "destroyed":
        this.#storageFailed(
          new BothyError("storage_unavailable", { message: "Another tab has deleted this device's data." }),
        );
        return;
    }
  }

  /** Another tab leads: its news count, and it is told what this tab watches. */
  async #follow(message: TabMessage & { readonly kind: "leading" }): Promise<void> {
    if (this.#leader) return;
    this.#core.setClockOffset(message.offsetMs);
    this.#setStatus(message.status);
    await this.#core.setIdentity(message.identity);
    if (message.poke > this.#core.poke) await this.#readAgain();
    for (const call of this.#core.queries.watched()) this.#watched(call, true);
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
    if (this.#leader || number <= this.#core.poke) return;
    if (number > this.#core.poke + 1) return await this.#readAgain();
    const { base, changed } = applyEffect(this.#core.schema, this.#core.overlay.base, effect);
    await this.#core.advance({ number, base, changed, state, outcomes });
    this.#storedPoke = number;
    this.#setStatus({ lastSyncedMs: state.atMs });
    if (outcomes.some(([, kind]) => kind === "rejected" || kind === "parked")) await this.#readRejected();
  }

  async #readAgain(): Promise<void> {
    await this.#readRejected();
    await this.#core.adopt(await hydrate(this.#core.schema, this.#storage, this.#core.stamp));
    this.#storedPoke = this.#core.poke;
  }

  async #readRejected(): Promise<void> {
    const rows = await this.#storage.list("rejected");
    this.#core.rejected.set(rows.flatMap(({ row }) => readStored<RejectedCall>(row) ?? []));
  }

  #retry(entry: RejectedCall, how: { readonly args?: Value; readonly isForced?: boolean }): MutationPromises<unknown> {
    const { n, name, nonce, version } = entry;
    const promises = this.#mutate({
      name,
      nonce,
      version,
      args: how.args ?? decodeValue(entry.args),
      operations: [deleteRow("rejected", [n])],
      isForced: how.isForced ?? false,
    });
    // A retry that is refused leaves its entry where it was.
    promises.local.then(() => this.#removeRejected(n)).catch(() => undefined);
    return promises;
  }

  #removeRejected(n: number): void {
    this.#core.rejected.set(this.#core.rejected.value.filter((one) => one.n !== n));
    this.#tabs?.post({ kind: "rejected" });
  }

  /** What was parked may be possible now: functions have come back, or a restored deployment has its other devices again. */
  #retryParked(): void {
    const nowMs = this.#core.nowMs();
    for (const entry of this.#core.rejected.value) {
      if (entry.state !== "parked" || entry.error.code === "device_copied" || nowMs - entry.atMs < parkedRetryMs)
        continue;
      // A storage that refuses keeps the entry in the list, which is where it belongs then.
      this.#retry(entry, { isForced: true }).local.catch(() => undefined);
    }
  }

  #refusal(isShared: boolean): BothyError | undefined {
    if (this.#isClosed) return new BothyError("shutting_down", { message: "This client is closed." });
    const { state } = this.#status.value;
    if (state === "updateNeeded") {
      return new BothyError("schema_mismatch", {
        message: "The deployment runs another version of this app.",
        fix: "Reload the app; changes that wait are kept.",
      });
    }
    if (isShared || state !== "offline") return undefined;
    return new BothyError("offline", {
      message: "This function runs on the deployment only.",
      fix: "Try again when online, or move it to bothy/shared.",
    });
  }

  #queryCall(name: string, args: Value): QueryCall {
    return { key: `${name} ${stringifyValue(args)}`, name, args };
  }

  async #runFirst(call: QueryCall): Promise<void> {
    if (this.#core.functions.has(call.name)) await this.#core.queries.run(call.key);
    else await showStoredResult(this.#core, this.#storage, call.key);
  }

  /** Server-only queries are subscribed to while somebody watches them: by the leader, for all tabs. */
  #watched(call: QueryCall, isWatched: boolean): void {
    if (this.#core.functions.has(call.name)) return;
    const query = { ...call, args: encodeValue(call.args) };
    const message = { kind: isWatched ? "subscribe" : "unsubscribe", tab: this.#tab, query } as const;
    if (this.#leader) this.#subscribed(message);
    else this.#tabs?.post(message);
  }

  /** A query is asked anew for a tab that comes to it: the answer to those before went out when this one did not listen. */
  #subscribed({ kind, tab, query }: TabMessage & { readonly kind: "subscribe" | "unsubscribe" }): void {
    const isWatched = kind === "subscribe";
    if (this.#subscribers[isWatched ? "add" : "remove"](tab, query.key)) this.#leader?.unsubscribe(query.key);
    if (isWatched) this.#leader?.subscribe(query);
  }

  #answered(key: string, result: WireResult): void {
    this.#core.queries.show(key, resultOf(result));
    this.#tabs?.post({ kind: "result", key, result });
    if (result.value !== undefined) void this.#leader?.write([putResult(this.#core, key, result.value)]);
  }

  #leaderStatus(change: Partial<SharedStatus>, error: BothyError | null): void {
    const hasNews = Object.entries(change).some(([name, value]) => Reflect.get(this.#status.value, name) !== value);
    const isOnline = change.state === "online";
    this.#setStatus({ ...change, ...(error ? { error } : isOnline && { error: null }) });
    if (hasNews) this.#announce();
  }

  #storageFailed(error: unknown): void {
    const typed = isBothyError(error) ? error : null;
    this.#setStatus({ storageMode: "failed", error: typed });
  }

  #setStatus(change: Partial<ClientStatus>): void {
    const { value } = this.#status;
    const isSame = Object.entries(change).every(([name, next]) => Reflect.get(value, name) === next);
    if (!isSame) this.#status.set({ ...value, ...change });
  }
}

function socketUrl(url: string): string {
  const address = new URL("/api/sync", url);
  address.protocol = address.protocol === "https:" || address.protocol === "wss:" ? "wss:" : "ws:";
  return address.href;
}

function missingEntry(n: number): BothyError {
  return new BothyError("not_found", {
    message: `There is no refused change ${n}.`,
    fix: "Take it from the rejected list, as it is now.",
  });
}
