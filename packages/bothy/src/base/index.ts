/**
 * The client's doors to the world: clock, randomness, sockets, locks and channels between tabs, and what the browser tells
 * about itself. Everything above is given a ClientWorld and touches nothing else, so that clients of a whole profile can run
 * in one process on a manual clock. Storage has a folder of its own.
 */
export { createBrowserWorld } from "./browser-world.ts";
export type { BrowserWorldOptions } from "./browser-world.ts";
export type {
  ChannelPort,
  ClientClock,
  ClientRandom,
  ClientWorld,
  LockOptions,
  LockPort,
  NotePort,
  SignalPort,
  SocketListener,
  SocketPort,
} from "./client-world.ts";
export { runFrozen } from "./frozen-world.ts";
export type { FrozenMoment } from "./frozen-world.ts";
export { createMemoryRealm } from "./memory-world.ts";
export type { MemoryRealm, MemorySocketEnd, MemoryWorld } from "./memory-world.ts";
