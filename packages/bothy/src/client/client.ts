import { createBrowserWorld, type ClientWorld } from "../base/index.ts";
import { BothyError } from "../errors/index.ts";
import { getFunctionName, type ArgsOf, type FunctionReference, type ReturnOf } from "../functions/index.ts";
import { groupName } from "../protocol/index.ts";
import type { ClientStorage, KeptDatabase } from "../storage/index.ts";
import { readValue, encodeValue, stringifyValue, type Value } from "../values/index.ts";
import { createCore, type Core } from "./core.ts";
import { closeTab, createDeviceTab, destroyTab, openTab, setPaused, signIn, switchUser } from "./device-tab.ts";
import type { DeviceTab } from "./tab-state.ts";
import type { HoldOptions, HoldStatus, ScopeHold } from "./holds.ts";
import type { QueryCall, QueryResult } from "./live-queries.ts";
import { createMutations, outboxFill, type MutationPromises, type NewCall } from "./mutations.ts";
import type { Observable } from "./observable.ts";
import { showStoredResult } from "./server-queries.ts";
import type { ClientApp } from "./shared-functions.ts";
import { createStatus, type ClientStatus } from "./status.ts";
import { deleteRow, type RejectedCall } from "./stored-rows.ts";
import { repair, watch } from "./tab-asking.ts";
import { tellEntry, tellGone } from "./tab-hearing.ts";
import { unreadable } from "./tab-reading.ts";
import type { SignOutOptions, SwitchUserOptions } from "./user.ts";
import { createOutboxView, createRejectedView, type OutboxEntry, type RejectedEntry } from "./views.ts";

/** A parked mutation is not tried again by itself sooner than this. */
const parkedRetryMs = 60_000;

/** Rows take several times their text in memory. */
const memoryBudgetBytes = 64 * 1024 * 1024;

/** What a client is made from. */
export interface ClientOptions {
  /** Address of the deployment, such as `location.origin`. */
  readonly url: string;
  /** What `_generated/client` exports. */
  readonly app: ClientApp;
  /** Where data is kept; without one, or if it can't be opened, in memory. */
  readonly storage?: ClientStorage | Promise<ClientStorage>;
  /** How much text of rows is kept in memory, 64 MB where nothing is said; what is beyond stays on disk until it is read. */
  readonly memoryBudgetBytes?: number;
  /** Separates clients of one origin that keep different storages; tabs of one storage share the name. */
  readonly name?: string;
  /** A WebSocket constructor, for platforms without a global one. */
  readonly webSocket?: new (url: string) => WebSocket;
  /** Stands in for the browser, in tests and simulations. */
  readonly world?: ClientWorld;
}

/** A value that changes, and a way to hear of each change. */
type Shown<T> = Pick<Observable<T>, "value" | "subscribe">;

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
  /** How this client stands with its deployment and its storage. */
  readonly status: Shown<ClientStatus>;
  /** Mutations that the deployment has not acknowledged, oldest first. */
  readonly outbox: Shown<readonly OutboxEntry[]>;
  /** Mutations that were refused or parked, until they are retried or discarded. */
  readonly rejected: Shown<readonly RejectedEntry[]>;
  readonly #core: Core;
  readonly #tab: DeviceTab;
  readonly #mutate: (call: NewCall) => MutationPromises;
  #hasAskedToPersist = false;
  #isClosed = false;

  constructor(options: ClientOptions) {
    const { app, webSocket, world = createBrowserWorld(webSocket && { webSocket }) } = options;
    const core = createCore(world, app, {
      onNew: (call) => void core.serial.run(() => this.#runFirst(call)),
      onWatched: (call, isWatched) => watch(this.#tab, call, isWatched),
      storage: {
        budgetBytes: options.memoryBudgetBytes ?? memoryBudgetBytes,
        readSegment: (number) => this.#tab.storage.get("segment", [1, number]),
        onUnreadable: (error) => unreadable(this.#tab, error),
      },
    });
    const status = createStatus();
    const { identity, overlay, pending } = core;
    pending.subscribe(() => status.change({ pendingCount: pending.value.length, outboxFill: outboxFill(overlay) }));
    identity.subscribe(() => status.change({ identity: identity.value }));
    this.#core = core;
    this.status = status;
    this.outbox = createOutboxView(pending);
    this.rejected = createRejectedView(core.rejected);
    this.#tab = createDeviceTab({
      core,
      status,
      url: options.url,
      name: `bothy:${options.name ?? "app"}`,
      onWelcome: () => this.#retryParked(),
    });
    this.#mutate = createMutations({
      core,
      storage: () => this.#tab.storage,
      refusal: (names) => this.#refusal(names),
      onEntry: (n, call) => tellEntry(this.#tab, n, call),
    });
    // The first task: everything that is asked of the client meanwhile waits behind it.
    void core.serial.run(() => openTab(this.#tab, options.storage));
  }

  /** The live result of a query; equal calls share one. */
  query<F extends FunctionReference<"query">>(reference: F, args: ArgsOf<F>): QueryView<ReturnOf<F>> {
    const call = queryCall(getFunctionName(reference), args as Value);
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

  /** Holds a scope with arguments, from now on until it is released (CL16). Equal calls share one. */
  hold<F extends FunctionReference<"scope">>(
    reference: F | string,
    args: ArgsOf<F>,
    options: HoldOptions = {},
  ): ScopeHold {
    const call = queryCall(getFunctionName(reference), args as Value);
    return this.#tab.holds.hold({ ...call, args: encodeValue(call.args) }, options);
  }

  /** What is known of a scope with arguments, whoever holds it. */
  holdStatus<F extends FunctionReference<"scope">>(reference: F | string, args: ArgsOf<F>): HoldStatus {
    return this.#tab.holds.status(queryCall(getFunctionName(reference), args as Value).key);
  }

  /** Calls a mutation: the screen shows it at once, `local` says that it is safe, `server` how it ended. */
  mutate<F extends FunctionReference<"mutation">>(
    reference: F | string,
    args: ArgsOf<F>,
  ): MutationPromises<ReturnOf<F>> {
    const promises = this.#take({ name: getFunctionName(reference), args: args as Value });
    return promises as MutationPromises<unknown> as MutationPromises<ReturnOf<F>>;
  }

  /** Calls several mutations as one: they are shown, kept, applied and refused together, and their results come as a list. */
  group<const References extends readonly FunctionReference<"mutation">[]>(calls: {
    readonly [K in keyof References]: readonly [reference: References[K], args: ArgsOf<References[K]>];
  }): MutationPromises<{ -readonly [K in keyof References]: ReturnOf<References[K]> }> {
    const named = calls.map(([reference, args]) => [getFunctionName(reference), "", args as Value]);
    const promises = this.#take({ name: groupName, args: named });
    return promises as MutationPromises<unknown> as MutationPromises<{
      -readonly [K in keyof References]: ReturnOf<References[K]>;
    }>;
  }

  /** Makes a refused or parked call again, with the same or with other arguments; its entry leaves the list once that is durable. */
  retry(n: number, args?: Readonly<Record<string, unknown>> | readonly unknown[]): MutationPromises<unknown> {
    return this.#retry(this.#entry(n), args as Value | undefined);
  }

  /** Forgets a refused or parked call. */
  async discard(n: number): Promise<void> {
    this.#entry(n);
    await this.#tab.storage.write([deleteRow("rejected", [n])]);
    tellGone(this.#tab, n);
  }

  /** Has everything that is held compared with the deployment, also ranges that were given up (`status.stoppedRanges`). */
  repair(): void {
    repair(this.#tab);
  }

  /**
   * Ends this user's part in the device, in all tabs: what was kept here is deleted, and the next user is a new one. Rejects with
   * `unsent_changes`, which says how many, while changes wait that would be lost.
   */
  signOut(options: SignOutOptions = {}): Promise<void> {
    return switchUser(this.#tab, options);
  }

  /** The same, with another user after it: one who brings a token, or whose data was kept here. */
  switchUser(options: SwitchUserOptions): Promise<void> {
    return switchUser(this.#tab, options);
  }

  /** Goes on as the user of this token, with everything that is here: how an anonymous user becomes a known one. */
  signIn(token: string): Promise<void> {
    return signIn(this.#tab, token);
  }

  /** Stays away from the deployment, in all tabs and over starts, until `resume()`: everything goes on as it does offline. */
  pause(): Promise<void> {
    return setPaused(this.#tab, true);
  }

  /** Ends `pause()`. */
  resume(): Promise<void> {
    return setPaused(this.#tab, false);
  }

  /** The users whose data was kept aside on this device. */
  listKept(): Promise<readonly KeptDatabase[]> {
    return this.#core.serial.run(() => this.#tab.storage.listKept());
  }

  /** Deletes data that was kept aside, also what was never sent. */
  deleteKept(name: string): Promise<void> {
    return this.#core.serial.run(() => this.#tab.storage.deleteKept(name));
  }

  /** Stops everything; what is stored stays. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeTab(this.#tab);
  }

  /** Deletes everything that this device keeps of the app, also what was never sent, and closes the client. */
  async destroyLocal(): Promise<void> {
    this.#isClosed = true;
    await destroyTab(this.#tab);
  }

  #take(call: NewCall): MutationPromises {
    if (!this.#hasAskedToPersist) {
      this.#hasAskedToPersist = true;
      // A browser that refuses may evict; there is nothing else to ask it.
      this.#core.world.persistStorage().catch(() => undefined);
    }
    return this.#mutate(call);
  }

  /** A refused call by its number; throws if there is none. */
  #entry(n: number): RejectedCall {
    const entry = this.#core.rejected.value.find((one) => one.n === n);
    if (entry) return entry;
    throw new BothyError("not_found", {
      message: `There is no refused change ${n}.`,
      fix: "Take it from the rejected list, as it is now.",
    });
  }

  #retry(
    { n, name, nonce, version, ...entry }: RejectedCall,
    args?: Value,
    isForced = false,
  ): MutationPromises<unknown> {
    const promises = this.#mutate({
      name,
      nonce,
      ...(args === undefined && { version }),
      args: args ?? readValue(entry.args),
      operations: [deleteRow("rejected", [n])],
      isForced,
    });
    // A retry that is refused leaves its entry where it was.
    promises.local.then(() => tellGone(this.#tab, n)).catch(() => undefined);
    return promises;
  }

  /** What was parked may be possible now: functions have come back, or a restored deployment has its other devices again. */
  #retryParked(): void {
    const { nowMs, rejected } = this.#core;
    for (const entry of rejected.value) {
      if (entry.state !== "parked" || entry.error.code === "device_copied" || nowMs() - entry.atMs < parkedRetryMs)
        continue;
      // A storage that refuses keeps the entry in the list, which is where it belongs then.
      this.#retry(entry, undefined, true).local.catch(() => undefined);
    }
  }

  #refusal(names: readonly string[]): BothyError | undefined {
    if (this.#isClosed) return new BothyError("shutting_down", { message: "This client is closed." });
    const { state } = this.status.value;
    if (state === "updateNeeded") {
      return new BothyError("schema_mismatch", {
        message: "The deployment runs another version of this app.",
        fix: "Reload the app; changes that wait are kept.",
      });
    }
    const away = names.find((name) => !this.#core.functions.has(name));
    if (away === undefined || state === "connecting" || state === "online") return undefined;
    return new BothyError("offline", {
      message: `The function ${away} runs on the deployment only.`,
      fix: "Try again when online, or move it to bothy/shared.",
    });
  }

  async #runFirst(call: QueryCall): Promise<void> {
    const { functions, queries } = this.#core;
    if (functions.has(call.name)) await queries.run(call.key);
    else await showStoredResult(this.#core, this.#tab.storage, call.key);
  }
}

function queryCall(name: string, args: Value): QueryCall {
  return { key: `${name} ${stringifyValue(args)}`, name, args };
}
