import { encodeValue, type Json, type Value } from "bothy/internal";
import { callFunction } from "../../../packages/bothy-server/src/http/call-function.ts";
import type { Chance } from "../world/chance.ts";
import type { Universe } from "../world/universe.ts";
import type { ClientDevice, OpenTab, WatchedQuery } from "./client-device.ts";
import type { History, ServerCallRecord } from "./history.ts";
import type { RunOptions } from "./options.ts";
import type { ServerMachine } from "./server-machine.ts";

/** Who the operations of a run are made by and at. */
export interface WorkloadParts {
  readonly universe: Universe;
  readonly options: RunOptions;
  readonly history: History;
  readonly machine: ServerMachine;
  readonly devices: readonly ClientDevice[];
}

type Args = Readonly<Record<string, Value>>;

/** The rooms of a run; of the last one devices hold only the newest notes. */
export function roomsOf({ rooms }: RunOptions): readonly string[] {
  return Array.from({ length: rooms }, (_, at) => (at === rooms - 1 && rooms > 1 ? `big${at}` : `room${at}`));
}

/** What every tab watches. */
export function watchedQueries(options: RunOptions): readonly WatchedQuery[] {
  const rooms = roomsOf(options);
  return [
    { name: "shared/lists:between", args: { from: 0, to: options.listKeys } },
    { name: "shared/lists:counters", args: {} },
    { name: "shared/lists:counterIds", args: {} },
    { name: "shared/lists:entries", args: { list: 0 } },
    { name: "shared/lists:entries", args: { list: 1 } },
    { name: "shared/lists:places", args: {} },
    { name: "shared/notes:rooms", args: {} },
    { name: "office:counts", args: {} },
    ...rooms.map((room) =>
      room.startsWith("big")
        ? { name: "shared/notes:top", args: { room, count: 2 } }
        : { name: "shared/notes:inRoom", args: { room } },
    ),
  ];
}

/** The operations of a run, each drawn when its time has come. */
export class Workload {
  readonly #parts: WorkloadParts;
  readonly #chance: Chance;
  readonly #posted: string[] = [];
  #made = 0;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
    this.#chance = parts.universe.chance.fork("workload");
  }

  /** Plans all operations over the length of the run. */
  schedule(): void {
    const { universe, options } = this.#parts;
    // Some begin at once: the very first mutation of a device is one that comes before any contact.
    for (let i = 0; i < options.operations; i++) {
      const atMs = this.#chance.happens(0.1) ? 0 : this.#chance.between(0, options.lengthMs);
      universe.after(atMs, "operation", () => this.#operate());
    }
  }

  #operate(): void {
    const id = `op${++this.#made}`;
    if (this.#chance.happens(0.2)) return this.#callServer(id);
    const device = this.#chance.pick(this.#parts.devices);
    const tab = device.tabs[this.#chance.below(device.tabs.length)];
    if (tab === undefined) return;
    device.mutate(tab, { id, ...this.#drawMutation(id, tab) });
  }

  #drawMutation(id: string, { shown }: OpenTab): { readonly name: string; readonly args: Args | Value[] } {
    const chance = this.#chance;
    const rooms = roomsOf(this.#parts.options);
    const room = chance.pick(rooms);
    switch (chance.below(13)) {
      case 0:
      case 1:
      case 2:
        return { name: "shared/lists:transact", args: { op: id, operations: this.#drawOperations(id) } };
      case 3:
        return { name: "shared/lists:add", args: { op: id, name: chance.pick(["a", "b"]), by: chance.below(5) - 1 } };
      case 4:
      case 5:
        return { name: "shared/notes:post", args: this.#drawPost(id, room) };
      case 6: {
        const body = this.#posted.length > 0 ? `${chance.pick(this.#posted)}.` : "none";
        if (chance.happens(0.5)) return { name: "shared/notes:remove", args: { op: id, body } };
        return { name: "shared/notes:move", args: { op: id, body, room, rank: chance.below(6) } };
      }
      case 7:
      case 8: {
        const user = chance.pick(this.#parts.devices).subject ?? "nobody";
        return { name: `shared/notes:${chance.happens(0.65) ? "grant" : "revoke"}`, args: { op: id, user, room } };
      }
      case 9: {
        // A counter that the tab shows, if it shows one: perhaps one that is only its own yet.
        const ids = (shown.get("shared/lists:counterIds {}")?.value ?? []) as readonly string[];
        if (ids.length > 0)
          return { name: "shared/lists:bump", args: { op: id, id: chance.pick(ids), by: 1 + chance.below(3) } };
        return { name: "shared/lists:add", args: { op: id, name: "a", by: 2 } };
      }
      case 10: {
        const post = this.#drawPost(id, room);
        const add = { op: id, name: chance.pick(["a", "b"]), by: chance.below(4) - 2 };
        // The post first: a function that asks for the time does so before it waits for anything.
        return {
          name: "group",
          args: [
            ["shared/notes:post", "", post],
            ["shared/lists:add", "", add],
          ],
        };
      }
      case 11:
        return { name: "shared/lists:mark", args: { op: id, list: chance.below(2), position: 1 + chance.below(4) } };
      default:
        return { name: "office:enter", args: { op: id, list: chance.below(2), value: id } };
    }
  }

  #drawPost(id: string, room: string): Args {
    this.#posted.push(id);
    const chance = this.#chance;
    return { op: id, room, rank: chance.below(6), body: `${id}.`, isRefused: chance.happens(0.2) };
  }

  #drawOperations(id: string): Value {
    const chance = this.#chance;
    const { listKeys } = this.#parts.options;
    return Array.from({ length: 1 + chance.below(3) }, (_, at): Value => {
      const key = chance.below(listKeys);
      const kind = chance.below(3);
      if (kind === 0) return { kind: "append", key, value: `${id}.${at}` };
      if (kind === 1) return { kind: "read", key };
      return { kind: "range", from: key, to: key + 1 + chance.below(3) };
    });
  }

  /** A call of the deployment's owner: it takes its way there and back, and may be lost on either. */
  #callServer(id: string): void {
    const { universe, history, machine, options } = this.#parts;
    const chance = this.#chance;
    const [name, args] = this.#drawServerCall(id);
    const record: ServerCallRecord = { id, name, args, calledMs: universe.nowMs, answer: undefined };
    history.serverCalls.push(record);
    const delayMs = (): number => chance.between(0.1, options.delays.network);
    universe.after(delayMs(), `${id} arrives`, () => {
      const server = machine.server;
      if (server === undefined) return;
      callFunction(server, name, args).then(
        (answer) => {
          if (!server.life.isAlive || !("value" in answer)) return;
          universe.after(delayMs(), `${id} is answered`, () => {
            record.answer = { atMs: universe.nowMs, value: JSON.stringify(answer.value) };
            universe.note(`${id} ${name} answered ${record.answer.value}`);
          });
        },
        (error: unknown) => universe.note(`${id} failed: ${String(error)}`),
      );
    });
  }

  #drawServerCall(id: string): readonly [name: string, args: Json] {
    const chance = this.#chance;
    const { listKeys } = this.#parts.options;
    const list = chance.below(2);
    switch (chance.below(5)) {
      case 0:
        return ["office:enter", { op: id, list, value: id }];
      case 1:
        return ["office:entries", encodeValue({ list, pageSize: 1 + chance.below(4) })];
      case 2:
        return ["office:counts", {}];
      case 3:
        return ["shared/lists:read", encodeValue({ key: chance.below(listKeys) })];
      default:
        return ["shared/lists:between", encodeValue({ from: 0, to: 1 + chance.below(listKeys) })];
    }
  }
}
