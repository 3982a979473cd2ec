/** The messages between a device and its deployment: shapes only, rules in docs/spec/sync.md. */
import type { WireError } from "../errors/index.ts";

/** The version of this protocol; a deployment refuses any other with `protocol_unsupported`. */
export const protocolVersion = 1 as const;

/** A commit's place in the commit log. 0 is the empty database. */
export type Version = number;

/** Any JSON; values travel in it as docs/spec/values.md says. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Identifies a range spec in a hello: 16 hex digits of the hash of its canonical text. */
export type RangeTag = string;

/** The first message on every socket (SY1). */
export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  /** Hash of the schema that the client was built with. */
  readonly schema: string;
  /** Absent on first contact: the deployment then creates an anonymous user. */
  readonly token?: string | undefined;
  readonly device: HelloDevice;
  /** The highest number that this device has seen acknowledged, and the nonce chain up to it. */
  readonly acked: number;
  readonly chain: string;
  /** The deployment and epoch that the held rows come from. */
  readonly server?: string;
  readonly epoch?: string;
  /** What is held, as the last sealed cursor says it. Absent: nothing. */
  readonly cursor?: HelloCursor | undefined;
  /** The scopes with arguments that are held, so that the first poke is right already. Absent: none. */
  readonly holds?: readonly HelloHold[];
  /** What waits on the device to be sent; absent: nothing. */
  readonly queued?: QueuedCalls;
}

/** What waits on a device: how many calls, and of which functions, as many as a hello may name. */
export interface QueuedCalls {
  readonly count: number;
  readonly calls: readonly (readonly [name: string, version: string, count: number])[];
}

/** A scope with arguments that a device holds, under the number by which this connection speaks of it. */
export interface HelloHold {
  readonly hold: number;
  readonly name: string;
  readonly args: Json;
}

/** Who says hello: a device by the id and key that it drew. */
export interface HelloDevice {
  /** 32 hex digits, drawn by the device. */
  readonly id: string;
  /** 64 hex digits, drawn by the device; ids of documents are derived from it (VA rules). */
  readonly key: string;
  /** Grows with each leader of the device; a socket with a higher fence closes the lower one. */
  readonly fence: number;
  /** If the deployment does not know the device: its record begins after this number, with this chain. */
  readonly start: number;
  readonly startChain: string;
  /** The device id that this profile used before it learnt that it is a copy. */
  readonly previous?: string | undefined;
}

/** What a device holds, with the seal that proves it (SY15). */
export interface HelloCursor {
  readonly seal: string;
  readonly version: Version;
  /** Held ranges in the order of the seal: tag, and the edge key of a window or null. */
  readonly ranges: readonly (readonly [tag: RangeTag, edge: string | null])[];
  /** The places of those among them that the device has dropped since, of its own accord (SY55). */
  readonly lost?: readonly number[] | undefined;
}

/** One outbox entry as it is pushed. */
export interface PushedMutation {
  readonly n: number;
  /** 32 hex digits; seeds randomness and ids of this call. */
  readonly nonce: string;
  /** Of a group of calls that are one transaction: `groupName`. */
  readonly name: string;
  /** Version of the function's arguments that the caller was built with; of a group empty. */
  readonly version: string;
  /** The encoded arguments object; of a group the list of its calls (SY30). */
  readonly args: Json;
  /** Milliseconds since 1970, as captured at the first run. */
  readonly time: number;
  /** Acknowledged once, by a deployment that has forgotten it since; how it was refused, if it was. */
  readonly again?: true | "rejected" | "parked" | undefined;
  /** While developing: what its last run on the device wrote (SY70). */
  readonly wrote?: Wrote;
}

/** What a run on a device wrote, on top of which version: for each document its fields with digests, or null if it was deleted. */
export interface Wrote {
  readonly at: Version;
  readonly documents: readonly (readonly [table: string, id: string, fields: readonly FieldDigest[] | null])[];
}

/** The name of a top-level field, and 8 hex digits of the hash of its value. */
export type FieldDigest = readonly [field: string, digest: string];

/** Mutations in the order of their numbers (SY17). */
export interface Push {
  readonly type: "push";
  readonly mutations: readonly PushedMutation[];
}

/** Subscribes to a query that runs on the server only. */
export interface Subscribe {
  readonly type: "subscribe";
  readonly query: number;
  readonly name: string;
  readonly args: Json;
}

/** Ends a subscription. */
export interface Unsubscribe {
  readonly type: "unsubscribe";
  readonly query: number;
}

/** Asks for what a scope with arguments grants (SY45). */
export interface HoldMessage extends HelloHold {
  readonly type: "hold";
}

/** Lets a scope with arguments go. */
export interface ReleaseMessage {
  readonly type: "release";
  readonly hold: number;
}

/** A sign of life, in answer to a ping. */
export interface Pong {
  readonly type: "pong";
}

/** Asks for count and digest of each of these ranges, or for the sum over all (SY36). */
export interface Verify {
  readonly type: "verify";
  readonly ranges?: readonly number[];
}

/** Prints of rows or of buckets of them, 8 hex digits each, one after the other (SY37). */
export type Prints = string;

/**
 * Compares what this device has of a range with what is there (SY37). `prints`: of all 2^level buckets, asking in which of them
 * rows differ. `items`: of each row in these buckets, asking for what they lack and have too much.
 */
export interface Repair {
  readonly type: "repair";
  readonly range: number;
  readonly level: number;
  readonly prints?: Prints;
  readonly items?: readonly (readonly [bucket: number, rows: Prints])[];
  /** The range has failed its verification, and this is the first question about it. */
  readonly fault?: true;
}

/** Tells that a range has failed its verification twice and is not repaired any more (SY38). */
export interface Stopped {
  readonly type: "stopped";
  readonly range: number;
}

/** Anything that a client sends. */
export type ClientMessage =
  | Hello
  | Push
  | Subscribe
  | Unsubscribe
  | HoldMessage
  | ReleaseMessage
  | Pong
  | Verify
  | Repair
  | Stopped;

/** The identity under which functions run, on the server and on the device. */
export interface WireIdentity {
  readonly tokenIdentifier: string;
  readonly issuer: string;
  readonly subject: string;
}

/** The answer to a hello that is accepted: who the deployment is, and whom it takes the device for. */
export interface Welcome {
  readonly type: "welcome";
  readonly server: string;
  readonly epoch: string;
  readonly schema: string;
  /** The server's wall clock, milliseconds since 1970. */
  readonly now: number;
  readonly identity: WireIdentity;
  /** A new token, to be stored in place of the old one. */
  readonly token?: string;
  /** The server's record of this device: last number and nonce chain up to it. */
  readonly device: { readonly n: number; readonly chain: string };
  /** The deployment runs an older app than this device's: nothing is sent and nothing is taken until it runs another. */
  readonly behind?: true;
  /** Last number of the device that this one names as its `previous`, if it has the same key: what of that one arrived. */
  readonly previousN?: number;
  /** The deployment is one of `bothy dev`: it wants to know what calls wrote on the device (SY70). */
  readonly dev?: true;
}

/** How one mutation ended. Values are encoded. */
export type Outcome =
  | readonly [n: number, kind: "applied", value: Json]
  | readonly [n: number, kind: "rejected", error: WireError]
  | readonly [n: number, kind: "parked", error: WireError]
  /** Applied, but the result is no longer kept. */
  | readonly [n: number, kind: "expired"];

/** Grants a range: the chunks of this poke under this number, which follows from its tag, are its entire content. */
export type Grant = readonly [range: number, spec: Json, edge: string | null];

/** A lease, and the ranges that are held under it (SY52). */
export type RangeLease = readonly [leaseMs: number | null, ranges: readonly number[]];

/**
 * First line of a poke's text message; each further line is a Chunk. A poke may span several messages: all but the
 * last say `more`, nothing of it counts before the last has arrived.
 */
export interface PokeHeader {
  readonly type: "poke";
  readonly to: Version;
  readonly more?: true;
  /** In the poke that answers a hello: the ranges of its cursor are kept, and were held up to this version (SY35). */
  readonly since?: Version;
  /** Beside `since`: the places in the hello's list of those that are not. */
  readonly without?: readonly number[];
  readonly grant?: readonly Grant[];
  /** Ranges lost: numbers granted on this connection. */
  readonly drop?: readonly number[];
  /** Windows whose edge has moved. */
  readonly edges?: readonly (readonly [range: number, edge: string])[];
  /** For how many milliseconds after its last contact the device may use these ranges from now on; null: without end, as all others. */
  readonly leases?: readonly RangeLease[];
  /** Holds of which everything is here with this poke, each with its lease. */
  readonly held?: readonly (readonly [hold: number, leaseMs: number | null])[];
  /** Of these ranges every row is here that is not in a chunk: a held one that has neither print nor row here has left (SY41). */
  readonly still?: readonly (readonly [range: number, rows: Prints])[];
  /** Ranges of which it is not known what has left: the device is to compare (SY39). */
  readonly compare?: readonly number[];
  /** Answers a repair: rows with these prints are not there; the chunk has those that the device lacks (SY37). */
  readonly repaired?: readonly (readonly [range: number, gone: Prints])[];
  readonly ack?: number;
  readonly outcomes?: readonly Outcome[];
}

/** What changed in one range: rows with the version that wrote them, ids that have left. The same text for all. */
export type Chunk = readonly [
  range: number,
  rows: readonly (readonly [version: Version, document: Json])[],
  gone: readonly string[],
];

/** Proves, in the next hello, that this device held its ranges up to the poke that precedes this message. */
export interface CursorMessage {
  readonly type: "cursor";
  readonly version: Version;
  readonly seal: string;
}

/** What the ranges of a device hold at the version of the poke before it: one sum over all, or each by itself (SY36). */
export interface CheckMessage {
  readonly type: "check";
  readonly version: Version;
  readonly sum?: string;
  readonly ranges?: readonly (readonly [range: number, count: number, digest: string])[];
}

/** Answers the prints of a repair: the buckets that differ, each with the prints of its 16 parts (SY37). */
export interface DifferMessage {
  readonly type: "differ";
  readonly range: number;
  /** The level of the parts. */
  readonly level: number;
  readonly buckets: readonly (readonly [bucket: number, parts: Prints])[];
}

/** The result of a server-only query; `version` is the snapshot that it was computed at. */
export interface ResultMessage {
  readonly type: "result";
  readonly query: number;
  readonly version: Version;
  readonly value?: Json;
  readonly error?: WireError;
}

/** A scope failed: its ranges are frozen (`failed`) or follow again (`ok`). `refused`: a hold that is one too many; it was not run. */
export interface ScopeMessage {
  readonly type: "scope";
  readonly name: string;
  readonly state: "failed" | "ok" | "refused";
  /** The hold that it concerns, if the device asked for the scope, and why it failed. */
  readonly hold?: number;
  readonly error?: WireError;
}

/** Something this client did was refused. A fatal error is followed by the end of the socket. */
export interface ErrorMessage {
  readonly type: "error";
  readonly error: WireError;
  readonly isFatal: boolean;
  /** The subscription that it concerns, if one. */
  readonly query?: number;
}

/** While developing: a call wrote other things on this device than on the deployment (SY71). */
export interface WarningMessage {
  readonly type: "warning";
  readonly function: string;
  readonly text: string;
}

/** Asks a silent client for a sign of life (SY5). */
export interface Ping {
  readonly type: "ping";
}

/** Anything that a deployment sends; a poke stands here for the header of its text. */
export type ServerMessage =
  | Welcome
  | PokeHeader
  | CursorMessage
  | CheckMessage
  | DifferMessage
  | ResultMessage
  | ScopeMessage
  | ErrorMessage
  | WarningMessage
  | Ping;
