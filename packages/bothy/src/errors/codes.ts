/** What each error code means to those that pass it on: HTTP, sockets, retries and the command line. */
export interface ErrorTraits {
  readonly httpStatus: number;
  /** Sent when the error ends a socket. 1008 policy, 1009 too big, 1011 our fault, 1012 restart, 1013 try later; 4xxx are ours. */
  readonly socketCloseCode: number;
  /** Whether the same call may succeed if it is simply made again later. */
  readonly isRetried: boolean;
  /** 0 ok, 1 failure, 2 usage, 3 authorization, 4 not found, 5 conflict or validation. */
  readonly exitCode: 0 | 1 | 2 | 3 | 4 | 5;
}

/** Every way in which an operation can fail, as one word; the table is closed, so that callers can rely on it. */
export type ErrorCode =
  | "internal"
  | "arguments_invalid"
  | "returns_invalid"
  | "value_invalid"
  | "document_invalid"
  | "document_missing"
  | "document_exists"
  | "document_too_large"
  | "id_invalid"
  | "table_missing"
  | "index_missing"
  | "range_invalid"
  | "filter_invalid"
  | "index_key_too_large"
  | "not_unique"
  | "cursor_invalid"
  | "transaction_too_large"
  | "function_missing"
  | "function_wrong_kind"
  | "function_not_deterministic"
  | "function_failed"
  | "app_error"
  | "limit_exceeded"
  | "contention"
  | "schema_invalid"
  | "schema_mismatch"
  | "devices_stranded"
  | "import_invalid"
  | "frame_invalid"
  | "frame_too_large"
  | "protocol_unsupported"
  | "unauthorized"
  | "token_foreign"
  | "device_foreign"
  | "device_copied"
  | "device_replaced"
  | "client_too_slow"
  | "too_many_pending"
  | "overloaded"
  | "shutting_down"
  | "offline"
  | "server_changed"
  | "epoch_changed"
  | "client_incomplete"
  | "storage_unavailable"
  | "storage_blocked"
  | "storage_lost"
  | "storage_full"
  | "folder_locked"
  | "folder_unwritable"
  | "folder_damaged"
  | "disk_full"
  | "disk_failed"
  | "port_busy"
  | "node_too_old"
  | "build_failed"
  | "server_unreachable"
  | "usage_invalid"
  | "config_invalid"
  | "scope_failed"
  | "origin_refused"
  | "not_found"
  | "unsent_changes"
  | "signed_out"
  | "outbox_full";

function traits(
  httpStatus: number,
  socketCloseCode: number,
  retry: "retried" | "final",
  exitCode: ErrorTraits["exitCode"],
): ErrorTraits {
  return { httpStatus, socketCloseCode, isRetried: retry === "retried", exitCode };
}

/** The closed table of error codes; columns are HTTP status, socket close code, retry and exit code. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorTraits>> = {
  internal: traits(500, 1011, "final", 1),
  arguments_invalid: traits(400, 1008, "final", 5),
  returns_invalid: traits(500, 1011, "final", 5),
  value_invalid: traits(400, 1008, "final", 5),
  document_invalid: traits(400, 1008, "final", 5),
  document_missing: traits(404, 1008, "final", 4),
  document_exists: traits(409, 1008, "final", 5),
  document_too_large: traits(413, 1009, "final", 5),
  id_invalid: traits(400, 1008, "final", 5),
  table_missing: traits(404, 1008, "final", 4),
  index_missing: traits(404, 1008, "final", 4),
  range_invalid: traits(400, 1008, "final", 5),
  filter_invalid: traits(400, 1008, "final", 5),
  index_key_too_large: traits(413, 1009, "final", 5),
  not_unique: traits(409, 1008, "final", 5),
  cursor_invalid: traits(400, 1008, "final", 5),
  transaction_too_large: traits(413, 1009, "final", 5),
  function_missing: traits(404, 1008, "final", 4),
  function_wrong_kind: traits(400, 1008, "final", 5),
  function_not_deterministic: traits(500, 1011, "final", 1),
  function_failed: traits(500, 1011, "final", 1),
  app_error: traits(400, 1008, "final", 5),
  limit_exceeded: traits(429, 1008, "final", 1),
  contention: traits(503, 1013, "retried", 5),
  schema_invalid: traits(400, 1008, "final", 5),
  schema_mismatch: traits(409, 4002, "final", 5),
  devices_stranded: traits(409, 1008, "final", 5),
  import_invalid: traits(400, 1008, "final", 5),
  frame_invalid: traits(400, 1008, "final", 5),
  frame_too_large: traits(413, 1009, "final", 5),
  protocol_unsupported: traits(400, 4001, "final", 1),
  unauthorized: traits(401, 4003, "final", 3),
  token_foreign: traits(401, 4003, "final", 3),
  device_foreign: traits(403, 4003, "final", 3),
  device_copied: traits(409, 4004, "retried", 5),
  device_replaced: traits(409, 4005, "final", 5),
  client_too_slow: traits(429, 4006, "retried", 1),
  too_many_pending: traits(429, 4007, "retried", 1),
  overloaded: traits(503, 1013, "retried", 1),
  shutting_down: traits(503, 1012, "retried", 1),
  offline: traits(503, 1013, "retried", 1),
  server_changed: traits(409, 4008, "retried", 5),
  epoch_changed: traits(409, 4009, "retried", 5),
  client_incomplete: traits(503, 1011, "final", 1),
  storage_unavailable: traits(503, 1011, "final", 1),
  storage_blocked: traits(503, 1011, "retried", 1),
  storage_lost: traits(503, 1011, "final", 1),
  storage_full: traits(507, 1011, "final", 1),
  folder_locked: traits(423, 1011, "final", 5),
  folder_unwritable: traits(500, 1011, "final", 1),
  folder_damaged: traits(500, 1011, "final", 1),
  disk_full: traits(507, 1011, "retried", 1),
  disk_failed: traits(500, 1011, "retried", 1),
  port_busy: traits(500, 1011, "final", 1),
  node_too_old: traits(500, 1011, "final", 2),
  build_failed: traits(500, 1011, "final", 1),
  server_unreachable: traits(503, 1013, "retried", 1),
  usage_invalid: traits(400, 1008, "final", 2),
  config_invalid: traits(400, 1008, "final", 2),
  scope_failed: traits(500, 1011, "retried", 1),
  origin_refused: traits(403, 1008, "final", 3),
  not_found: traits(404, 1008, "final", 4),
  signed_out: traits(401, 4003, "final", 3),
  unsent_changes: traits(409, 1008, "final", 5),
  outbox_full: traits(507, 1008, "retried", 1),
};

/** Tells whether a word that came from outside is one of our codes. */
export function isErrorCode(word: unknown): word is ErrorCode {
  return typeof word === "string" && Object.hasOwn(errorCodes, word);
}
