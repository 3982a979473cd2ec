/** What the layers above see of the runtime. `open-function-pool.ts` makes one. */
import type {
  FunctionKind,
  Json,
  KeyRange,
  RangeSpec,
  Version,
  Visibility,
  WireError,
  WireIdentity,
} from "bothy/internal";
import type { DocumentWrite } from "../engine/index.ts";

/** A function of the loaded bundle, as callers and sessions see it. */
export interface FunctionEntry {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly visibility: Visibility;
  /** Version of the arguments, as `functionVersion` says. */
  readonly version: string;
  /** True when the module lies in `shared/`: it also runs on devices. */
  readonly isShared: boolean;
  /** Of a scope: it takes arguments, and is held by the devices that ask for it. */
  readonly isOnDemand?: boolean;
  /** Of a scope: how long a device may use what it grants after its last contact. */
  readonly leaseMs?: number;
  /** Of a mutation: the validator of its arguments, null if it takes any; and the older versions that it brings up. */
  readonly args?: Json;
  readonly upcasts?: readonly string[];
}

/** One call of a function, with everything that makes each run of it the same. */
export interface FunctionCall {
  readonly name: string;
  readonly kind: FunctionKind;
  /** Internal functions can be called by admin and other functions only. */
  readonly mayCallInternal: boolean;
  readonly args: Json;
  /** Of the arguments, where they may be those of an older app. */
  readonly version?: string;
  /** It is a group: its arguments are the list of its calls, which have been parsed (SY30). */
  readonly isGroup?: boolean;
  readonly identity: WireIdentity | null;
  /** Captured time in milliseconds; seeds `Date.now()`. */
  readonly timeMs: number;
  /** 32 hex digits; seeds randomness and, with the device key, ids. */
  readonly nonce: string;
  /** 64 hex digits. */
  readonly deviceKey: string;
}

interface Finished {
  readonly snapshot: Version;
  readonly reads: readonly KeyRange[];
  /** True when the function asked who is calling. */
  readonly hasReadIdentity: boolean;
  /** True when the function asked for the time. */
  readonly hasReadTime?: boolean;
}

/** How a call ended; nothing of it is committed yet. */
export type CallOutcome =
  | (Finished & {
      readonly kind: "returned";
      readonly value: Json;
      readonly writes: readonly DocumentWrite[];
      /** What a scope returned. */
      readonly ranges?: readonly RangeSpec[];
      /** When a scope is to run again, milliseconds since 1970. */
      readonly until?: number;
    })
  /** The function threw, or its arguments or result were wrong. */
  | (Finished & { readonly kind: "threw"; readonly error: WireError })
  /** Unknown function, wrong kind: nothing ran. */
  | { readonly kind: "refused"; readonly error: WireError }
  /** Its own limit (time, memory) twice, the second time alone in a process. */
  | { readonly kind: "exceeded"; readonly error: WireError };

/** How a call is to be treated on its way. */
export interface CallOptions {
  /** Others wait for this one: it is begun before the calls that wait for a process. */
  readonly isFirst?: boolean;
  /** Told when its process has ended or given it up: it is run again, and that takes its time. */
  readonly onLost?: () => void;
}

/** The functions of a deployment, ready to be called. */
export interface FunctionPool {
  /** Functions of the loaded bundle by name. */
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  call(call: FunctionCall, options?: CallOptions): Promise<CallOutcome>;
  /** Loads another bundle; calls under way finish on the old one. Fails with `build_failed` and keeps the old one. */
  load(bundlePath: string): Promise<void>;
  onReload(listener: () => void): () => void;
  close(): Promise<void>;
}
