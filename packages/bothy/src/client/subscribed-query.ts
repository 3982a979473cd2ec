import type { WireError } from "../errors/index.ts";
import type { Json } from "../protocol/index.ts";

/** A server-only query, as tabs and sockets name it. */
export interface SubscribedQuery {
  readonly key: string;
  readonly name: string;
  readonly args: Json;
}

/** An answer of a server-only query, encoded. */
export interface WireResult {
  readonly value?: Json | undefined;
  readonly error?: WireError | undefined;
}
