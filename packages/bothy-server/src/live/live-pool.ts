import type { Json, KeyRange, RangeSpec, Version, WireError, WireIdentity } from "bothy/internal";

/** A query or scope to be kept up to date. */
export interface LiveCall {
  readonly name: string;
  readonly kind: "query" | "scope";
  /** Internal functions can be called by admin and other functions only. */
  readonly mayCallInternal: boolean;
  readonly args: Json;
  readonly identity: WireIdentity | null;
}

interface Finished {
  readonly snapshot: Version;
  readonly reads: readonly KeyRange[];
  readonly hasReadIdentity: boolean;
  readonly hasReadTime?: boolean;
}

/** How one run ended, as the runtime's pool says it. */
export type LiveOutcome =
  | (Finished & {
      readonly kind: "returned";
      readonly value: Json;
      readonly ranges?: readonly RangeSpec[];
      readonly until?: number;
    })
  | (Finished & { readonly kind: "threw"; readonly error: WireError })
  | { readonly kind: "refused"; readonly error: WireError }
  | { readonly kind: "exceeded"; readonly error: WireError };

/** What `live` needs of whoever runs functions; the runtime's FunctionPool is one. */
export interface LivePool {
  call(
    call: LiveCall & { readonly timeMs: number; readonly nonce: string; readonly deviceKey: string },
    options: { readonly isFirst: boolean; readonly onLost?: () => void },
  ): Promise<LiveOutcome>;
  onReload(listener: () => void): () => void;
}

/** What a subscriber is told; an error is a result too. */
export type LiveResult =
  | {
      readonly kind: "returned";
      /** The version that it was computed at; durable. */
      readonly snapshot: Version;
      readonly value: Json;
      /** What a scope returned. */
      readonly ranges: readonly RangeSpec[];
    }
  | { readonly kind: "failed"; readonly snapshot: Version; readonly error: WireError };
