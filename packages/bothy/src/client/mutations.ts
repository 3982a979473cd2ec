import { BothyError, type AppError } from "../errors/index.ts";
import { argumentsSizeBytes, encodeValue, groupCallsMax, hexOfBytes, type Value } from "../values/index.ts";
import { callsOf, groupName } from "../protocol/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import type { Core } from "./core.ts";
import { sizeOf, type Overlay } from "./overlay.ts";
import type { MutationCall } from "./stored-rows.ts";

/** How much may wait for the deployment. */
export const outboxLimits: { readonly entriesMax: number; readonly bytesMax: number } = {
  entriesMax: 10_000,
  bytesMax: 50 * 1024 * 1024,
};

/** The two moments of a mutation. */
export interface MutationPromises<T = Value> {
  /** Resolves once the call is durable on this device; rejects if it was refused here, and then nothing is sent. */
  readonly local: Promise<void>;
  /** Resolves with the result, or rejects as the deployment has refused it; such a call stands in the rejected list. */
  readonly server: Promise<T>;
}

/** A call on its way into the outbox. */
export interface NewCall {
  /** Of a group: `groupName`; its arguments are the list of its calls, whose versions are looked up. */
  readonly name: string;
  readonly args: Value;
  /** Taken over by a call that is made again. */
  readonly nonce?: string;
  /** Of the arguments, where they are those of an earlier call. */
  readonly version?: string;
  /** Written together with the outbox entry. */
  readonly operations?: readonly StorageOperation[];
  /** Kept although it throws here: only the deployment is to judge. */
  readonly isForced?: boolean;
}

export interface MutationsOptions {
  readonly core: Core;
  readonly storage: () => ClientStorage;
  /** Why no mutation can be taken now; undefined if one can. */
  readonly refusal: (names: readonly string[]) => BothyError | undefined;
  /** An entry is durable. */
  readonly onEntry: (n: number, call: MutationCall) => Promise<void>;
}

/** Makes the function that takes mutations: runs each at once, and keeps it until the deployment has answered (CL1 to CL3). */
export function createMutations(options: MutationsOptions): (call: NewCall) => MutationPromises {
  const { core } = options;

  /** Runs the call on top of everything that is shown; throws what refuses it. */
  const show = async (call: MutationCall, isForced = false): Promise<void> => {
    const { run, keep } = await core.overlay.tryCall(call);
    const { outcome, isComplete } = run;
    if (outcome.kind === "threw" && !isForced && (isComplete || isFinal(outcome.error))) throw outcome.error;
    await core.show(keep());
  };

  const store = async (call: MutationCall, operations: readonly StorageOperation[]): Promise<void> => {
    try {
      const n = await options.storage().appendOutbox(call, { operations });
      void core.serial.run(async () => {
        await core.numberCall(call.nonce, n);
        await options.onEntry(n, call);
      });
    } catch (error) {
      core.serverPromises.delete(call.nonce);
      await core.serial.run(() => core.removeCall(call.nonce));
      throw error;
    }
  };

  return (asked) => {
    const server = deferred<Value>();
    const prepared = core.serial.run(async () => {
      const call = callFor(core, asked);
      const refusal = options.refusal(callsOf(call).map(([name]) => name));
      if (refusal) throw refusal;
      refuseIfFull(core, call);
      await show(call, asked.isForced);
      core.serverPromises.set(call.nonce, server);
      // Begun inside the turn, so that calls reach the storage in the order in which they ran; not awaited there, because the
      // next call may run while this one is being written.
      return { stored: store(call, asked.operations ?? []) };
    });
    const local = prepared.then(({ stored }) => stored);
    local.catch((error: BothyError | AppError) => server.reject(error));
    // A refusal stands in the rejected list; an app that does not wait for this promise has not overlooked it.
    server.promise.catch(() => undefined);
    return { local, server: server.promise };
  };
}

function callFor(core: Core, { name, args, nonce, version }: NewCall): MutationCall {
  const versionOf = (part: string): string => core.functions.get(part)?.version ?? "";
  let json = encodeValue(args);
  if (name === groupName) {
    const calls = callsOf({ name, version: "", args: json });
    if (calls.length === 0 || calls.length > groupCallsMax) {
      throw new BothyError("arguments_invalid", {
        message: `A group has ${calls.length} calls.`,
        fix: `Give it 1 to ${groupCallsMax}.`,
      });
    }
    json = calls.map(([part, before, given]) => [part, before || versionOf(part), given]);
  }
  const sizeBytes = JSON.stringify(json).length;
  if (sizeBytes > argumentsSizeBytes) {
    throw new BothyError("arguments_invalid", {
      message: `The arguments of ${name} have ${sizeBytes} bytes; at most ${argumentsSizeBytes} can be sent.`,
      fix: "Send it in several calls.",
    });
  }
  return {
    ...core.stamp,
    name,
    version: version || versionOf(name),
    nonce: nonce ?? hexOfBytes(core.world.random.bytes(16)),
    args: json,
    time: core.nowMs(),
  };
}

/** How full the outbox is, from 0 to 1: by its entries or their bytes, whichever is nearer to its limit. */
export function outboxFill({ pending, pendingBytes }: Overlay, more?: MutationCall): number {
  const [entries, bytes] = more ? [1, sizeOf(more)] : [0, 0];
  return Math.max((pending.length + entries) / outboxLimits.entriesMax, (pendingBytes + bytes) / outboxLimits.bytesMax);
}

function refuseIfFull({ overlay }: Core, call: MutationCall): void {
  if (outboxFill(overlay, call) <= 1) return;
  throw new BothyError("outbox_full", {
    message: `${overlay.pending.length} changes wait; this device keeps ${outboxLimits.entriesMax}, or ${outboxLimits.bytesMax} bytes.`,
    fix: "Go online, so that they are sent.",
  });
}

/** What no other data on this device would change. */
function isFinal(error: BothyError | AppError): boolean {
  return "code" in error && (error.code === "arguments_invalid" || error.code === "function_not_deterministic");
}

function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: BothyError | AppError) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: BothyError | AppError) => void = () => undefined;
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
