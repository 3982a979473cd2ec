/** Bounds on one device's session. Times are milliseconds, sizes bytes. */
export interface SyncLimits {
  /** Sockets at one time, of all and of one address that is not this machine; one more is refused as `overloaded`. */
  readonly socketsMax: number;
  readonly socketsPerAddressMax: number;
  /** Devices that say their first hello from one address that is not this machine, at once and within an hour. */
  readonly newDevicesPerHour: number;
  /** Messages of one socket: at once, and in each second from then on; the rest waits at the client. */
  readonly messagesAtOnce: number;
  readonly messagesPerSecond: number;
  /** From the opening of a socket to its hello (SY1). */
  readonly helloMs: number;
  /** Messages that may wait while a hello is being answered. */
  readonly earlyMessagesMax: number;
  /** Bytes of messages that wait to be answered, of one device and of all; beyond, no more is read from a device's socket. */
  readonly unansweredBytes: number;
  readonly unansweredBytesOfAll: number;
  /** Silence after which the client is asked for a sign of life, and after which its socket ends (SY5). */
  readonly pingMs: number;
  readonly silenceMs: number;
  /** Unsent bytes from which on a client is sent no more pokes, and how many of them it has to read within what time (SY16). */
  readonly unsentBytes: number;
  readonly stallBytes: number;
  readonly stallMs: number;
  readonly stallPollMs: number;
  /** Size from which on a poke continues in a further part. */
  readonly partBytes: number;
  /** Rows of one range whose prints are told in a poke that does not know what has left; beyond, the device compares (SY41). */
  readonly stillRowsMax: number;
  /** From one verification of a device at rest to the next, a quarter more or less (SY36). */
  readonly verifyMs: number;
  /** Questions of one device about what it holds: that wait, and of those that read a range in an hour (SY40). */
  readonly questionsMax: number;
  readonly repairsPerHour: number;
  /** Time that one piece of work may take before commits get their turn. */
  readonly sliceMs: number;
  /** At most one cursor in this time (SY15). */
  readonly cursorMs: number;
  /** Outcomes that are kept for a device (SY18). */
  readonly outcomesKept: number;
  /** Mutations of one device that wait to be run or to be answered. */
  readonly mutationsMax: number;
  /** Text of answers that wait for a device, from which on no more of its mutations are run. */
  readonly answersBytes: number;
  /** Faults of the deployment itself after which a mutation is parked (SY19). */
  readonly faultsMax: number;
  /** Server-only queries to which one device subscribes. */
  readonly queriesMax: number;
  /** Text of the arguments and last results of these queries. */
  readonly queriesBytes: number;
  /** Scopes with arguments that one device holds, and the text of their arguments. */
  readonly holdsMax: number;
  readonly holdsBytes: number;
  /** Changes that wait for one device, their number and text; beyond, it is brought up to date by the books. */
  readonly changesMax: number;
  readonly changesBytes: number;
  /** Pause before a mutation is run again that met overload; it doubles up to the longest. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** What a deployment has unless it says otherwise. */
export const defaultSyncLimits: SyncLimits = {
  socketsMax: 20_000,
  socketsPerAddressMax: 1_000,
  newDevicesPerHour: 1_000,
  messagesAtOnce: 20_000,
  messagesPerSecond: 10_000,
  helloMs: 10_000,
  earlyMessagesMax: 100,
  unansweredBytes: 4_194_304,
  unansweredBytesOfAll: 268_435_456,
  pingMs: 20_000,
  silenceMs: 60_000,
  unsentBytes: 1_048_576,
  stallBytes: 65_536,
  stallMs: 30_000,
  stallPollMs: 5_000,
  partBytes: 262_144,
  stillRowsMax: 4_096,
  verifyMs: 300_000,
  questionsMax: 16,
  repairsPerHour: 10_000,
  sliceMs: 2,
  cursorMs: 2_000,
  outcomesKept: 1_000,
  mutationsMax: 1_000,
  answersBytes: 16_777_216,
  faultsMax: 3,
  queriesMax: 1_000,
  queriesBytes: 33_554_432,
  holdsMax: 1_000,
  holdsBytes: 1_048_576,
  changesMax: 1_024,
  changesBytes: 1_048_576,
  retryMs: 100,
  retryMsMax: 5_000,
};
