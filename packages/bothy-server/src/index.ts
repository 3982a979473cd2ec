/**
 * What a program that embeds a Bothy server imports: the server itself and the real world it runs in.
 *
 * Opening a server either succeeds or leaves nothing open. Everything else is reached through the command line or
 * through a client.
 */
export { createWorld } from "./base/index.ts";
export type { World } from "./base/index.ts";
export { openServer } from "./server/index.ts";
export type { BothyServer, ServerOptions } from "./server/index.ts";
