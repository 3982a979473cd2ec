import type { SyncLimits } from "../../../packages/bothy-server/src/sync/limits.ts";
import type { FaultName } from "./fault-names.ts";

/** What takes its time. */
export type DelayedPart = "network" | "pipe" | "disk" | "storage";

/** How often each operation is drawn, beside the others. */
export type OperationWeights = Readonly<Record<OperationName, number>>;

export type OperationName =
  | "transact"
  | "add"
  | "bump"
  | "post"
  | "edit"
  | "member"
  | "evict"
  | "bounce"
  | "drain"
  | "rush"
  | "group"
  | "mark"
  | "enter"
  | "server";

/**
 * What a run is about: one kind of trouble that happens often, with the operations that it meets. A run of everything at once
 * seldom makes the conditions that a bug needs; a short one of few things makes them again and again.
 */
export interface Topic {
  readonly name: string;
  /** How often faults of this topic happen: at least and at most. At least 0: half of the runs are without. Undefined: any faults. */
  readonly faults?: Readonly<Partial<Record<FaultName, readonly [least: number, most: number]>>>;
  readonly operations: readonly [least: number, most: number];
  readonly lengthsMs: readonly number[];
  /** Where it differs from that of every day. */
  readonly weights?: Partial<OperationWeights>;
  /** Longest delays, one of each is drawn. */
  readonly delays?: Readonly<Partial<Record<DelayedPart, readonly number[]>>>;
  readonly sync?: Partial<SyncLimits>;
  /** How many posts the deployment refuses. */
  readonly refusedShare?: number;
  readonly roomsMax?: number;
  /** How many notes each device posts into the last room as soon as it may. */
  readonly firstNotes?: number;
  readonly bigRoomShare?: number;
  readonly fastShare?: number;
  readonly secondTabsShare?: number;
  readonly listKeysMax?: number;
}

/** How often operations are drawn where a topic says nothing else. */
export const everyday: OperationWeights = {
  transact: 3,
  add: 1,
  bump: 1,
  post: 2,
  edit: 1,
  member: 1,
  evict: 1,
  bounce: 1,
  drain: 0,
  rush: 1,
  group: 1,
  mark: 1,
  enter: 1,
  server: 3,
};

/** Any faults and all operations. */
export const anything: Topic = { name: "anything", operations: [15, 35], lengthsMs: [100, 300, 1_000] };

/** Transactions that meet each other, in processes that end. */
const processes: Topic = {
  name: "processes",
  faults: { function_dies_called: [1, 3], function_kill: [0, 2], server_restart: [0, 1], cut: [0, 1] },
  operations: [24, 36],
  lengthsMs: [800, 1_600],
  weights: { transact: 6, rush: 8, edit: 1, post: 3, server: 4, mark: 2, member: 0, evict: 0, bounce: 0 },
  // What is called at one moment arrives at one moment, and runs for long.
  delays: { network: [1], storage: [0.5], pipe: [8], disk: [1, 60] },
  fastShare: 0,
  listKeysMax: 2,
};

/** Who may read what: memberships come and go while notes are written, and devices come back to another state. */
const rooms: Topic = {
  name: "rooms",
  faults: {
    cut: [0, 2],
    offline: [2, 4],
    page_reload: [1, 2],
    page_freeze: [0, 1],
    half_open: [0, 1],
  },
  operations: [24, 36],
  lengthsMs: [600, 1_200],
  weights: {
    transact: 0,
    add: 0,
    bump: 0,
    post: 9,
    edit: 5,
    bounce: 3,
    drain: 3,
    member: 3,
    evict: 5,
    rush: 0,
    group: 0,
    mark: 2,
    enter: 1,
    server: 0,
  },
  delays: { network: [5], pipe: [8], disk: [0.5, 25], storage: [2] },
  sync: { cursorMs: 10 },
  roomsMax: 2,
  firstNotes: 2,
  bigRoomShare: 0.9,
  fastShare: 0,
};

/** The same where devices read slowly, and are told several changes at once. */
const readers: Topic = {
  ...rooms,
  name: "readers",
  faults: { ...rooms.faults, slow_reader: [0, 1] },
  sync: { cursorMs: 10, unsentBytes: 200 },
};

/** Pages that end while they store, several beside each other. */
const pages: Topic = {
  name: "pages",
  faults: {
    page_dies_saving: [1, 2],
    page_dies_poked: [2, 3],
    page_kill: [0, 1],
    page_reload: [0, 1],
    page_freeze: [0, 1],
    page_hide: [0, 1],
    profile_full: [0, 1],
    pause: [0, 1],
  },
  operations: [16, 26],
  lengthsMs: [1_000, 2_000],
  weights: { transact: 1, add: 1, post: 9, group: 1, member: 0, evict: 0, bounce: 0, server: 0 },
  delays: { network: [5], pipe: [2], disk: [2], storage: [15] },
  secondTabsShare: 0.8,
  refusedShare: 0.5,
};

/** A slow disk that fails, and a machine that ends in the middle of writing. */
const disk: Topic = {
  name: "disk",
  faults: {
    power_loss: [0, 2],
    server_kill: [0, 1],
    crash_writing: [2, 4],
    sync_error: [1, 2],
    disk_full: [1, 2],
    server_restart: [0, 1],
  },
  operations: [20, 32],
  lengthsMs: [600, 1_200],
  weights: { server: 6, enter: 2 },
  delays: { network: [2], pipe: [0.5], disk: [30], storage: [0.5] },
  fastShare: 0,
};

/** Devices and deployments that are put back or copied. */
const copies: Topic = {
  name: "copies",
  faults: {
    restore_backup: [1, 1],
    profile_copy: [1, 2],
    offline: [0, 2],
    pause: [0, 1],
    page_kill: [0, 1],
    clock_step: [0, 2],
    row_decay: [0, 1],
    app_upgrade: [0, 1],
  },
  operations: [16, 28],
  lengthsMs: [600, 1_000],
  weights: { server: 6 },
  sync: { cursorMs: 10 },
};

/** Each seed is about one of these, in turns. */
export const topics: readonly Topic[] = [processes, rooms, readers, pages, disk, copies, anything];
