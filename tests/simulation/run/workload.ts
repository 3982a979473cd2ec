import { encodeValue, type Json, type Value } from "bothy/internal";
import { checkAnswered } from "../checks/check-told.ts";
import { callFunction } from "../../../packages/bothy-server/src/http/call-function.ts";
import type { Chance } from "../world/chance.ts";
import type { Universe } from "../world/universe.ts";
import type { ClientDevice, OpenTab, WatchedQuery } from "./client-device.ts";
import type { History, ServerCallRecord } from "./history.ts";
import type { RunOptions } from "./options.ts";
import type { ServerMachine } from "./server-machine.ts";
import { everyday, type OperationName } from "./topics.ts";

/** Who the operations of a run are made by and at. */
export interface WorkloadParts {
  readonly universe: Universe;
  readonly options: RunOptions;
  readonly history: History;
  readonly machine: ServerMachine;
  readonly devices: readonly ClientDevice[];
}

const operationNames = Object.keys(everyday) as readonly OperationName[];

/** What two devices do at once. */
const rushed = ["transact", "transact", "transact", "add", "edit", "member", "member", "mark", "enter"] as const;

type Args = Readonly<Record<string, Value>>;

/** A mutation that is to be called; a group has a list of calls as its arguments. */
interface Call {
  readonly name: string;
  readonly args: Args | Value[];
}

/** The rooms of a run; of the last one devices hold only the newest notes. */
export function roomsOf({ rooms, hasBigRoom }: RunOptions): readonly string[] {
  return Array.from({ length: rooms }, (_, at) => (at === rooms - 1 && hasBigRoom ? `big${at}` : `room${at}`));
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
    const { universe, options, devices } = this.#parts;
    // Some begin at once: the very first mutation of a device is one that comes before any contact.
    for (let i = 0; i < options.operations; i++) {
      const atMs = this.#chance.happens(0.1) ? 0 : this.#chance.between(0, options.lengthMs);
      universe.after(atMs, "operation", () => this.#operate());
    }
    for (const device of devices) {
      // The very first that a device ever does may be refused.
      if (this.#chance.happens(0.3)) universe.after(0, "operation", () => this.#beginRefused(device));
      this.#admit(device);
    }
  }

  /** Something that a tab does. */
  operateIn(device: ClientDevice, tab: OpenTab): void {
    const name = this.#drawOperation((one) => one !== "server");
    if (name === "server" || name === "rush") return this.#rush(device, tab);
    this.#do(name, device, tab);
  }

  /** The deployment's owner writes something, past all devices. */
  enter(): void {
    const id = this.#newId();
    this.#callServer(id, ["office:enter", { op: id, list: this.#chance.below(2), value: id }]);
  }

  /** The deployment's owner reads several things: while the machine is about to end, what is read may not last. */
  ask(): void {
    const { universe } = this.#parts;
    for (let i = 0; i < 4; i++)
      universe.after(this.#chance.between(0, 4), "operation", () => this.#callServer(this.#newId(), this.#drawQuery()));
  }

  #operate(): void {
    const name = this.#drawOperation(() => true);
    if (name === "server") {
      const id = this.#newId();
      return this.#callServer(id, this.#drawServerCall(id));
    }
    const device = this.#chance.pick(this.#parts.devices);
    const tab = this.#pickTab(device);
    if (tab === undefined) return;
    if (name === "rush") return this.#rush(device, tab);
    this.#do(name, device, tab);
  }

  #do(name: Exclude<OperationName, "server" | "rush">, device: ClientDevice, tab: OpenTab): void {
    if (name === "evict") return this.#evict(device, tab);
    if (name === "bounce") return this.#bounce(device, tab);
    if (name === "drain") return this.#drain(device, tab);
    const id = this.#newId();
    device.mutate(tab, { id, ...this.#drawMutation(name, id, tab) });
  }

  #newId(): string {
    return `op${++this.#made}`;
  }

  #pickTab({ tabs }: ClientDevice): OpenTab | undefined {
    return tabs[this.#chance.below(tabs.length)];
  }

  /** An operation by its weight. */
  #drawOperation(isWanted: (name: OperationName) => boolean): OperationName {
    const names = operationNames.filter(isWanted);
    const { weights } = this.#parts.options;
    let left = this.#chance.below(names.reduce((sum, name) => sum + weights[name], 0));
    for (const name of names) if ((left -= weights[name]) < 0) return name;
    throw new Error("no operation has any weight");
  }

  /** Two devices do the same at the same moment, or two things with the same note or membership. */
  #rush(device: ClientDevice, tab: OpenTab): void {
    const hasNotes = notesShown(tab).length > 0;
    const name = hasNotes && this.#chance.happens(0.3) ? "edit" : this.#chance.pick(rushed);
    // What one device does, it does in turn.
    const other = this.#chance.pick(this.#parts.devices.filter((one) => one !== device));
    const otherTab = this.#pickTab(other);
    const [id, otherId] = [this.#newId(), this.#newId()];
    const call = this.#drawMutation(name, id, tab);
    device.mutate(tab, { id, ...call });
    if (otherTab === undefined) return;
    const again = this.#drawAgain(name, otherId, { tab: otherTab, call });
    other.mutate(otherTab, { id: otherId, name: again.name, args: { ...Object(again.args), op: otherId } });
  }

  #drawAgain(
    name: (typeof rushed)[number],
    id: string,
    { tab, call }: { readonly tab: OpenTab; readonly call: Call },
  ): Call {
    // What a transaction appends is named after its operation.
    if (name === "transact") return this.#drawMutation(name, id, tab);
    if (name === "edit") return this.#drawEditOf(id, String(Object(call.args).body));
    if (name === "member") return { ...call, name: this.#chance.pick(["shared/notes:grant", "shared/notes:revoke"]) };
    return call;
  }

  /** A membership ends while somebody writes in its room: what comes after the end is none of the former member's business. */
  #evict(device: ClientDevice, tab: OpenTab): void {
    const chance = this.#chance;
    const member = chance.pick(this.#parts.devices);
    const rooms = roomsShown(member);
    const user = member.subject;
    if (user === undefined || rooms.length === 0) return this.#do("member", device, tab);
    const room = chance.pick(rooms);
    const [ending, writing] = [this.#newId(), this.#newId()];
    const writer = chance.pick(this.#parts.devices);
    const writersTab = this.#pickTab(writer);
    device.mutate(tab, { id: ending, name: "shared/notes:revoke", args: { op: ending, user, room } });
    if (writersTab !== undefined)
      writer.mutate(writersTab, { id: writing, name: "shared/notes:post", args: this.#drawPost(writing, room) });
  }

  /** All that a tab shows of a room is removed. */
  #drain(device: ClientDevice, tab: OpenTab): void {
    const all = notesShown(tab);
    if (all.length === 0) return this.#do("post", device, tab);
    const { room } = this.#chance.pick(all);
    for (const { body } of all.filter((note) => note.room === room).slice(0, 3)) {
      const op = this.#newId();
      device.mutate(tab, { id: op, name: "shared/notes:remove", args: { op, body } });
    }
  }

  /** A note leaves its place and comes back at once, while a membership that changes holds back what is told of it. */
  #bounce(device: ClientDevice, tab: OpenTab): void {
    const all = notesShown(tab);
    if (all.length === 0) return;
    this.#turn();
    const { body, rank, room } = this.#chance.pick(all);
    const rooms = roomsOf(this.#parts.options);
    for (const place of [this.#chance.pick(rooms), room]) {
      const op = this.#newId();
      device.mutate(tab, { id: op, name: "shared/notes:move", args: { op, body, room: place, rank } });
    }
  }

  /** Somebody enters and leaves rooms at once, each by the hand of another: one commit follows the other before that is durable. */
  #turn(): void {
    const chance = this.#chance;
    const { devices, options } = this.#parts;
    const member = chance.pick(devices);
    const user = member.subject;
    if (user === undefined) return;
    const own = new Set(roomsShown(member));
    const first = chance.below(devices.length);
    for (const [at, room] of roomsOf(options).entries()) {
      const device = devices[(first + at) % devices.length] ?? member;
      const tab = this.#pickTab(device);
      if (tab === undefined) continue;
      const op = this.#newId();
      const name = own.has(room) ? "shared/notes:revoke" : "shared/notes:grant";
      device.mutate(tab, { id: op, name, args: { op, user, room } });
    }
  }

  #beginRefused(device: ClientDevice): void {
    const tab = this.#pickTab(device);
    const id = this.#newId();
    const [room = ""] = roomsOf(this.#parts.options);
    const args = { op: id, room, rank: 0, body: `${id}.`, isRefused: true };
    if (tab !== undefined) device.mutate(tab, { id, name: "shared/notes:post", args });
  }

  /** The memberships that a device begins with, as soon as its user is known. */
  #admit(device: ClientDevice): void {
    const { universe, options } = this.#parts;
    if (universe.isHealed) return;
    const [tab] = device.tabs;
    const user = device.subject;
    if (tab === undefined || user === undefined) {
      universe.after(10, "admission", () => this.#admit(device));
      return;
    }
    for (const room of roomsOf(options)) {
      if (!this.#chance.happens(0.7)) continue;
      const id = this.#newId();
      device.mutate(tab, { id, name: "shared/notes:grant", args: { op: id, user, room } });
    }
    const last = roomsOf(options).at(-1) ?? "";
    for (let i = 0; i < options.firstNotes; i++) {
      const id = this.#newId();
      device.mutate(tab, { id, name: "shared/notes:post", args: this.#drawPost(id, last) });
    }
  }

  #drawMutation(
    name: Exclude<OperationName, "server" | "rush" | "evict" | "bounce" | "drain">,
    id: string,
    tab: OpenTab,
  ): Call {
    const chance = this.#chance;
    const rooms = roomsOf(this.#parts.options);
    const room = chance.pick(rooms);
    switch (name) {
      case "transact":
        return { name: "shared/lists:transact", args: { op: id, operations: this.#drawOperations(id) } };
      case "add":
        return { name: "shared/lists:add", args: { op: id, name: chance.pick(["a", "b"]), by: chance.below(5) - 1 } };
      case "post":
        return { name: "shared/notes:post", args: this.#drawPost(id, room) };
      case "edit":
        return this.#drawEdit(id, tab);
      case "member": {
        const user = chance.pick(this.#parts.devices).subject ?? "nobody";
        return { name: `shared/notes:${chance.happens(0.7) ? "grant" : "revoke"}`, args: { op: id, user, room } };
      }
      case "bump": {
        // A counter that the tab shows, if it shows one: perhaps one that is only its own yet.
        const ids = (tab.shown.get("shared/lists:counterIds {}")?.value ?? []) as readonly string[];
        if (ids.length > 0)
          return { name: "shared/lists:bump", args: { op: id, id: chance.pick(ids), by: 1 + chance.below(3) } };
        return { name: "shared/lists:add", args: { op: id, name: "a", by: 2 } };
      }
      case "group":
        return this.#drawGroup(id, room);
      case "mark":
        return { name: "shared/lists:mark", args: { op: id, list: chance.below(2), position: 1 + chance.below(4) } };
      case "enter":
        return { name: "office:enter", args: { op: id, list: chance.below(2), value: id } };
    }
  }

  /** A note is moved or removed: one that the tab shows, or any. */
  #drawEdit(id: string, tab: OpenTab): Call {
    const chance = this.#chance;
    const bodies = notesShown(tab).map(({ body }) => body);
    const any = chance.happens(0.7) && bodies.length > 0 ? bodies : this.#posted.map((op) => `${op}.`);
    return this.#drawEditOf(id, any.length > 0 ? chance.pick(any) : "none");
  }

  #drawEditOf(id: string, body: string): Call {
    const chance = this.#chance;
    if (chance.happens(0.5)) return { name: "shared/notes:remove", args: { op: id, body } };
    const room = chance.pick(roomsOf(this.#parts.options));
    return { name: "shared/notes:move", args: { op: id, body, room, rank: chance.below(6) } };
  }

  #drawGroup(id: string, room: string): Call {
    const chance = this.#chance;
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

  #drawPost(id: string, room: string): Args {
    this.#posted.push(id);
    const chance = this.#chance;
    return {
      op: id,
      room,
      rank: chance.below(6),
      body: `${id}.`,
      isRefused: chance.happens(this.#parts.options.refusedShare),
    };
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
  #callServer(id: string, [name, args]: readonly [name: string, args: Json]): void {
    const { universe, history, machine, options } = this.#parts;
    const chance = this.#chance;
    const record: ServerCallRecord = { id, name, args, calledMs: universe.nowMs, answer: undefined };
    history.serverCalls.push(record);
    const delayMs = (): number => chance.between(0.1, options.delays.network);
    universe.after(delayMs(), `${id} arrives`, () => {
      const server = machine.server;
      if (server === undefined) return;
      callFunction(server, name, args).then(
        (answer) => {
          if (!server.life.isAlive || !("value" in answer)) return;
          if (name === "office:enter") history.broken.push(...checkAnswered(machine.disk, id, universe.nowMs));
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
    return chance.happens(0.3) ? ["office:enter", { op: id, list: chance.below(2), value: id }] : this.#drawQuery();
  }

  #drawQuery(): readonly [name: string, args: Json] {
    const chance = this.#chance;
    const { listKeys } = this.#parts.options;
    switch (chance.below(4)) {
      case 0:
        return ["office:entries", encodeValue({ list: chance.below(2), pageSize: 1 + chance.below(4) })];
      case 1:
        return ["office:counts", {}];
      case 2:
        return ["shared/lists:read", encodeValue({ key: chance.below(listKeys) })];
      default:
        return ["shared/lists:between", encodeValue({ from: 0, to: 1 + chance.below(listKeys) })];
    }
  }
}

interface ShownNote {
  readonly room: string;
  readonly body: string;
  readonly rank: number;
}

/** The rooms that a device's first tab shows its user to be in. */
function roomsShown({ tabs }: ClientDevice): readonly string[] {
  return (tabs[0]?.shown.get("shared/notes:rooms {}")?.value ?? []) as readonly string[];
}

/** The notes that a tab shows. Of a big room it is not shown how high they stand. */
function notesShown({ shown }: OpenTab): readonly ShownNote[] {
  return [...shown].flatMap(([query, { value }]) => {
    if (!/^shared\/notes:(top|inRoom) /.test(query) || !Array.isArray(value)) return [];
    const room = String(Object(JSON.parse(query.slice(query.indexOf(" ") + 1))).room);
    return value.map((note: unknown): ShownNote => {
      if (typeof note === "string") return { room, body: note, rank: 5 };
      const { body, rank } = Object(note) as Omit<ShownNote, "room">;
      return { room, body, rank };
    });
  });
}
