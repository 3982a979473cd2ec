import type { FunctionReference } from "bothy";
import { createClient, type BothyClient, type QueryResult } from "bothy/client";
import { encodeValue, isAppError, type Value } from "bothy/internal";
import { clientApp, nextClientApp } from "../app/app.ts";
import type { SimulatedProfile, SimulatedTab } from "../world/simulated-profile.ts";
import type { Broken } from "../checks/broken.ts";
import type { Life, Universe } from "../world/universe.ts";
import type { History, MutationRecord } from "./history.ts";

/** A query that every tab of the simulation watches. */
export interface WatchedQuery {
  readonly name: string;
  readonly args: Readonly<Record<string, Value>>;
}

/** A tab that is open. */
export interface OpenTab extends SimulatedTab {
  readonly client: BothyClient;
  readonly shown: Map<string, QueryResult>;
  isObserving: boolean;
  /** Whose entries this tab holds. */
  readonly lists: ReadonlySet<number>;
  /** It was loaded with the next version of the app. */
  readonly isNext: boolean;
}

/** Within this time every tab knows what one has stored. */
const heardMs = 200;

/** One device: a profile whose tabs come and go. */
export class ClientDevice {
  readonly name: string;
  readonly profile: SimulatedProfile;
  readonly #universe: Universe;
  readonly #history: History;
  readonly #watched: readonly WatchedQuery[];
  readonly #isUpgraded: () => boolean;
  readonly #tabs: OpenTab[] = [];
  #hasSecondTab = false;
  /** Since when this device stays away by choice, told and stored. */
  #pausedMs: number | undefined;
  /** How often it was asked to stay away or to go on. */
  #wishes = 0;
  #resumesAlways = false;

  constructor(
    parts: {
      readonly universe: Universe;
      readonly history: History;
      readonly watched: readonly WatchedQuery[];
      /** Whether a page that is loaded now gets the next version of the app. */
      readonly isUpgraded: () => boolean;
    },
    name: string,
    profile: SimulatedProfile,
  ) {
    this.#universe = parts.universe;
    this.#history = parts.history;
    this.#watched = parts.watched;
    this.#isUpgraded = parts.isUpgraded;
    this.name = name;
    this.profile = profile;
  }

  get tabs(): readonly OpenTab[] {
    return this.#tabs;
  }

  /** The user of this device, once it is known. */
  get subject(): string | undefined {
    for (const { client } of this.#tabs) {
      const { identity } = client.status.value;
      if (identity !== null) return identity.subject;
    }
    return undefined;
  }

  openTab(): void {
    const opened = this.profile.openTab();
    this.#universe.note(`${opened.life.name} is opened`);
    this.#history.openedMsByTab.set(opened.life.name, this.#universe.nowMs);
    const isNext = this.#isUpgraded();
    const client = createClient({
      app: isNext ? nextClientApp : clientApp,
      url: "http://deployment",
      storage: Promise.resolve(opened.storage),
      world: opened.world,
      name: this.name,
    });
    const chance = this.#universe.chance.fork(opened.life.name);
    const lists = new Set([0, 1].filter(() => chance.happens(0.4)));
    const tab: OpenTab = { ...opened, client, shown: new Map(), isObserving: false, lists, isNext };
    this.#tabs.push(tab);
    for (const list of lists) client.hold("scopes:entries", { list });
    for (const watched of this.#watched) this.#watch(tab, watched);
    client.outbox.subscribe(() => this.#observeSoon(tab));
    if (this.#resumesAlways) void client.resume().catch(() => undefined);
  }

  /** Stays away from the deployment (CL48). */
  pause(): void {
    const [tab] = this.#tabs;
    if (tab === undefined) return;
    this.#universe.note(`${this.name} is paused`);
    const wish = ++this.#wishes;
    tab.client.pause().then(
      () => {
        // It may have been asked to go on since.
        if (wish === this.#wishes) this.#pausedMs = this.#universe.nowMs;
      },
      () => undefined,
    );
  }

  resume(): void {
    this.#wishes++;
    this.#pausedMs = undefined;
    this.#universe.note(`${this.name} goes on`);
    void this.#tabs[0]?.client.resume().catch(() => undefined);
  }

  /** Goes on whatever was asked of it, also in pages that are opened from now on. */
  resumeForGood(): void {
    this.#resumesAlways = true;
    this.resume();
    this.#universe.after(200, `${this.name} goes on`, () => this.resume());
  }

  /** CL48: a device that was paused opens no socket; a tab may take a moment to hear of it. */
  checkConnect(life: Life): readonly Broken[] {
    const { nowMs } = this.#universe;
    if (this.#pausedMs === undefined || nowMs < this.#pausedMs + heardMs || this.#tabs.some((tab) => tab.life.waiting))
      return [];
    return [{ promise: "CL48", what: `${life.name} opens a socket, and was paused`, atMs: nowMs }];
  }

  openSecondTab(): void {
    if (this.#hasSecondTab || this.#tabs.length > 1) return;
    this.#hasSecondTab = true;
    this.openTab();
  }

  /** Ends a tab as a crash does. The network is told by the caller. */
  killTab(tab: OpenTab): void {
    this.#universe.note(`${tab.life.name} is killed`);
    this.profile.kill(tab.life);
    this.#tabs.splice(this.#tabs.indexOf(tab), 1);
    this.#history.tabEnded(tab.life.name);
  }

  /** Calls a mutation, or a group of them, in a tab and writes down how it went. */
  mutate(tab: OpenTab, call: { readonly id: string; readonly name: string; readonly args: object }): void {
    const record: MutationRecord = {
      ...call,
      device: this.name,
      tab: tab.life.name,
      calledMs: this.#universe.nowMs,
      local: { kind: "waiting" },
      server: { kind: "waiting" },
    };
    this.#history.mutations.push(record);
    this.#universe.note(
      `${tab.life.name} calls ${call.id} ${call.name} ${JSON.stringify(encodeValue(call.args as Value))}`,
    );
    const { local, server } = send(tab.client, call);
    const nowMs = (): number => this.#universe.nowMs;
    local.then(
      () => this.#tell(record, "local", { kind: "stored", atMs: nowMs() }),
      (error: unknown) => this.#tell(record, "local", { kind: "refused", atMs: nowMs(), error: errorText(error) }),
    );
    server.then(
      (value) =>
        this.#tell(record, "server", {
          kind: "applied",
          atMs: nowMs(),
          value: JSON.stringify(encodeValue(value as Value)),
        }),
      (error: unknown) => this.#tell(record, "server", { kind: "refused", atMs: nowMs(), error: errorText(error) }),
    );
  }

  /** True when nothing waits to be sent or shown. */
  get isQuiet(): boolean {
    return this.#tabs.every(({ client }) => client.outbox.value.length === 0 && client.status.value.state === "online");
  }

  #tell<Part extends "local" | "server">(record: MutationRecord, part: Part, how: MutationRecord[Part]): void {
    record[part] = how;
    this.#universe.note(`${record.tab} hears of ${record.id}: ${part} ${JSON.stringify(how)}`);
  }

  #watch(tab: OpenTab, { name, args }: WatchedQuery): void {
    const key = `${name} ${JSON.stringify(encodeValue(args))}`;
    // A reference is its function's name; only the compiler knows more.
    const reference = name as unknown as FunctionReference<"query", "public", object, Value>;
    tab.client.watch(reference, args, (result) => {
      tab.shown.set(key, result);
      this.#history.shown(tab.life.name, key, result);
      this.#observeSoon(tab);
    });
  }

  /** All that a tab shows together is looked at once the change is complete. */
  #observeSoon(tab: OpenTab): void {
    if (tab.isObserving) return;
    tab.isObserving = true;
    this.#universe.afterFor(tab.life, 0, () => {
      tab.isObserving = false;
      this.#observe(tab);
    });
  }

  #observe({ life, client, shown }: OpenTab): void {
    const { identity } = client.status.value;
    if (identity === null) return;
    const pending = client.outbox.value.length;
    const results = [...shown].flatMap(([key, { value, complete, status }]) =>
      complete && status === "ok" && value !== undefined ? [[key, JSON.stringify(encodeValue(value))] as const] : [],
    );
    this.#history.observations.push({
      device: this.name,
      tab: life.name,
      subject: identity.subject,
      atMs: this.#universe.nowMs,
      pending,
      results,
    });
  }
}

function send(client: BothyClient, { name, args }: { readonly name: string; readonly args: object }): Sent {
  if (!Array.isArray(args)) return client.mutate(name, args);
  const calls = args as readonly (readonly [name: string, version: string, args: object])[];
  // A reference is its function's name; only the compiler knows more.
  return client.group(calls.map(([part, , given]) => [part as unknown as FunctionReference<"mutation">, given]));
}

interface Sent {
  readonly local: Promise<void>;
  readonly server: Promise<unknown>;
}

function errorText(error: unknown): string {
  if (isAppError(error)) return `app ${JSON.stringify(error.data)}`;
  const code: unknown = Object(error).code;
  return `${String(code)}: ${error instanceof Error ? error.message : String(error)}`;
}
