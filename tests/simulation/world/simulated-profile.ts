import { BothyError } from "bothy/internal";
import type { ChannelPort, ClientWorld, SocketListener, SocketPort } from "../../../packages/bothy/src/base/index.ts";
import { createMemoryDisk, openMemoryStorage } from "../../../packages/bothy/src/storage/index.ts";
import type { ClientStorage, MemoryDisk } from "../../../packages/bothy/src/storage/index.ts";
import type { Chance } from "./chance.ts";
import type { Life, Universe } from "./universe.ts";

/** What a profile of a simulated browser needs of its surroundings. */
export interface ProfileOptions {
  readonly universe: Universe;
  readonly name: string;
  readonly connect: (client: Life, listener: SocketListener) => SocketPort;
  /** Longest time of one operation of the storage. */
  readonly storageMsMax: number;
  /** Of a copied profile: what lay on the disk when it was copied. */
  readonly disk?: MemoryDisk;
}

/** One tab, and how it ends. */
export interface SimulatedTab {
  readonly life: Life;
  readonly world: ClientWorld;
  readonly storage: ClientStorage;
}

interface Listening {
  readonly life: Life;
  readonly name: string;
  readonly onMessage: (message: unknown) => void;
}

interface LockRequest {
  readonly life: Life;
  readonly onHeld: () => void;
  readonly onLost: (() => void) | undefined;
}

const startMs = 1_767_225_600_000;

/** A browser profile: its storage outlives its tabs, which share locks and channels. */
export class SimulatedProfile {
  readonly disk: MemoryDisk;
  readonly #options: ProfileOptions;
  readonly #chance: Chance;
  readonly #channels = new Set<Listening>();
  readonly #requestsByLock = new Map<string, LockRequest[]>();
  readonly #signalListeners = new Set<{ readonly life: Life; readonly onChange: () => void }>();
  readonly #hidden = new Set<Life>();
  #isOnline = true;
  #tabsMade = 0;
  /** How far the wall clock of this device is off. */
  clockOffsetMs = 0;
  /** Told when a write of a tab has been done, before the tab hears of it. */
  onWritten: ((life: Life) => void) | undefined;
  /** Until then every write is refused, as on a full disk. */
  fullUntilMs = 0;

  constructor(options: ProfileOptions) {
    this.#options = options;
    this.disk = options.disk ?? createMemoryDisk();
    this.#chance = options.universe.chance.fork(options.name);
  }

  openTab(): SimulatedTab {
    const { universe, name } = this.#options;
    const life: Life = { name: `${name}.${++this.#tabsMade}`, isAlive: true };
    const world: ClientWorld = {
      clock: {
        nowMs: () => Math.floor(startMs + universe.nowMs + this.clockOffsetMs),
        monotonicMs: () => universe.nowMs,
        after: (delayMs, task) => universe.afterFor(life, delayMs, task),
        soon: (task) => universe.afterFor(life, 0, task),
      },
      random: { bytes: (count) => this.#chance.bytes(count) },
      signals: {
        isVisible: () => !this.#hidden.has(life),
        isOnline: () => this.#isOnline,
        onChange: (onChange) => {
          const listener = { life, onChange };
          this.#signalListeners.add(listener);
          return () => void this.#signalListeners.delete(listener);
        },
      },
      locks: {
        hold: (lock, onHeld, { steal = false, onLost } = {}) => this.#hold(lock, { life, onHeld, onLost }, steal),
      },
      openChannel: (channel, onMessage) => this.#openChannel({ life, name: channel, onMessage }),
      warn: () => undefined,
      openSocket: (_url, listener) => this.#options.connect(life, listener),
      persistStorage: async () => true,
    };
    return { life, world, storage: this.#openStorage(life) };
  }

  /** Ends a tab as a crash does: its locks are given back, nothing that it waited for comes. */
  kill(life: Life): void {
    life.isAlive = false;
    for (const own of [...this.#channels]) if (own.life === life) this.#channels.delete(own);
    for (const [lock, requests] of this.#requestsByLock) {
      const wasHeld = requests[0]?.life === life;
      const left = requests.filter((request) => request.life !== life);
      this.#requestsByLock.set(lock, left);
      if (wasHeld) this.#grant(lock);
    }
  }

  /** Alters what a stored segment has of a counter or a list; false if there is none. */
  decayRow(): boolean {
    for (const { key, row } of this.disk.rowsByStore.get("segment")?.values() ?? []) {
      const bytes: unknown = Object(row).bytes;
      if (key[0] !== 1 || !(bytes instanceof Uint8Array)) continue;
      const text = new TextDecoder().decode(bytes);
      const [pair, version, before] = /^\[\[(\d+),(\{"_creationTime":[^}]*"(?:count|items)":[^}]*\})/.exec(text) ?? [];
      if (pair === undefined || before === undefined) continue;
      const after = before.replace(/"count":-?\d+/, '"count":99').replace(/"items":\[[^\]]*\]/, '"items":["decayed"]');
      const altered = `[[${Number(version) - 1},${after}${text.slice(pair.length)}`;
      Object.assign(Object(row), { bytes: new TextEncoder().encode(altered) });
      return true;
    }
    return false;
  }

  /** What the browser says about the network. */
  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#signal([...this.#signalListeners]);
  }

  /** Brings a tab to the front, or behind others. */
  setVisible(life: Life, isVisible: boolean): void {
    if (isVisible) this.#hidden.delete(life);
    else this.#hidden.add(life);
    this.#signal([...this.#signalListeners].filter((listener) => listener.life === life));
  }

  #signal(listeners: readonly { readonly life: Life; readonly onChange: () => void }[]): void {
    for (const { life, onChange } of listeners) this.#options.universe.runFor(life, onChange);
  }

  #openStorage(life: Life, inner = openMemoryStorage(this.disk)): ClientStorage {
    const { universe, storageMsMax } = this.#options;
    let last = 0;
    let isCut = false;
    // One after another, as the transactions of a database over the same stores; done first and reported later.
    const take = <Args extends readonly unknown[], Result>(
      what: string,
      operation: (...args: Args) => Promise<Result>,
    ): ((...args: Args) => Promise<Result>) => {
      return (...args) =>
        new Promise((resolve, reject) => {
          const mostMs = universe.isHealed ? 0.1 : storageMsMax;
          const doneMs = Math.max(last, universe.nowMs) + universe.chance.between(0.01, mostMs);
          last = doneMs;
          universe.after(doneMs - universe.nowMs, `${life.name} ${what}`, () => {
            // What was given to the browser before the page ended may still be done, up to some transaction.
            isCut ||= !life.isAlive && universe.chance.happens(0.5);
            if (isCut) return;
            if (isWrite(what) && universe.nowMs < this.fullUntilMs) {
              universe.note(`${life.name} is refused ${what}`);
              return void universe.afterFor(life, 0, () => reject(storageFull()));
            }
            if (what === "write") this.onWritten?.(life);
            operation(...args).then(
              (result) => universe.afterFor(life, universe.chance.between(0.01, mostMs), () => resolve(result)),
              (error: Error) => universe.afterFor(life, 0, () => reject(error)),
            );
          });
        });
    };
    return {
      ...inner,
      get: take("get", inner.get),
      list: take("list", inner.list),
      read: take("read", inner.read),
      write: take("write", inner.write),
      appendOutbox: take("append", inner.appendOutbox),
      listOutbox: take("listOutbox", inner.listOutbox),
      removeOutbox: take("removeOutbox", inner.removeOutbox),
      raiseFence: take("raiseFence", inner.raiseFence),
      replace: async (replacement) => this.#openStorage(life, await inner.replace(replacement)),
      reopen: async () => {
        const next = await inner.reopen();
        return next && this.#openStorage(life, next);
      },
    };
  }

  #hold(lock: string, request: LockRequest, isStolen: boolean): () => void {
    const requests = this.#requestsByLock.get(lock) ?? [];
    const [holder, ...waiting] = requests;
    this.#requestsByLock.set(lock, isStolen ? [request, ...waiting] : [...requests, request]);
    if (isStolen && holder?.onLost) this.#options.universe.afterFor(holder.life, 0, holder.onLost);
    if (isStolen || requests.length === 0) this.#grant(lock);
    return () => {
      const current = this.#requestsByLock.get(lock) ?? [];
      const wasHeld = current[0] === request;
      this.#requestsByLock.set(
        lock,
        current.filter((one) => one !== request),
      );
      if (wasHeld) this.#grant(lock);
    };
  }

  #grant(lock: string): void {
    const { universe } = this.#options;
    const first = this.#requestsByLock.get(lock)?.[0];
    if (first === undefined) return;
    universe.afterFor(first.life, universe.chance.between(0.01, 1), () => {
      if (this.#requestsByLock.get(lock)?.[0] === first) first.onHeld();
    });
  }

  #openChannel(own: Listening): ChannelPort {
    const { universe } = this.#options;
    this.#channels.add(own);
    // Messages of a channel keep their order: each takes the time of the longest before it.
    let lastMs = 0;
    return {
      post: (message) => {
        if (!this.#channels.has(own)) return;
        lastMs = Math.max(lastMs, universe.nowMs) + universe.chance.between(0.01, 0.5);
        for (const other of this.#channels) {
          if (other === own || other.name !== own.name) continue;
          const copy: unknown = structuredClone(message);
          universe.afterFor(other.life, lastMs - universe.nowMs, () => {
            if (this.#channels.has(other)) other.onMessage(copy);
          });
        }
      },
      close: () => void this.#channels.delete(own),
    };
  }
}

function isWrite(what: string): boolean {
  return what === "write" || what === "append" || what === "removeOutbox" || what === "raiseFence";
}

function storageFull(): BothyError {
  return new BothyError("storage_full", { message: "The simulated disk of this profile is full." });
}
