/**
 * The messages between a device and its deployment, and their text forms.
 *
 * Guarantees that what `parseClientMessage` returns has exactly the fields and bounds of its type, and that a poke's chunks
 * are text made once, which the header of each device stands before. What the messages mean is docs/spec/sync.md; carrying
 * them out is the work of `sync` on the server and of `client` on the device.
 */
export { chainNext, chainStart } from "./chain.ts";
export { fieldDigests } from "./field-digests.ts";
export { callsOf, groupName } from "./group.ts";
export type { GroupedCall } from "./group.ts";
export {
  bucketLevelMax,
  protocolLimits,
  queuedCallsMax,
  repairRowsMax,
  wroteDocumentsMax,
  wroteFieldsMax,
} from "./limits.ts";
export { protocolVersion } from "./messages.ts";
export type {
  CheckMessage,
  Chunk,
  ClientMessage,
  CursorMessage,
  DifferMessage,
  ErrorMessage,
  FieldDigest,
  Grant,
  Hello,
  HelloCursor,
  HelloDevice,
  HelloHold,
  HoldMessage,
  Json,
  Outcome,
  Ping,
  PokeHeader,
  Pong,
  Push,
  Prints,
  PushedMutation,
  RangeLease,
  QueuedCalls,
  RangeTag,
  ReleaseMessage,
  Repair,
  ResultMessage,
  ScopeMessage,
  ServerMessage,
  Stopped,
  Subscribe,
  Unsubscribe,
  Verify,
  Version,
  Welcome,
  WarningMessage,
  WireIdentity,
  Wrote,
} from "./messages.ts";
export { parseClientMessage } from "./parse-client-message.ts";
export { chunkText, parsePoke, parseServerMessage, pokeText } from "./poke-text.ts";
export type { ChunkRow, Poke } from "./poke-text.ts";
export { rangeNumber, rangeTag } from "./range-tag.ts";
