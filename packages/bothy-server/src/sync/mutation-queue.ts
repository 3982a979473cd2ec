import { BothyError, callsOf, groupName, toWireError } from "bothy/internal";
import type { GroupedCall, Json, Outcome, PushedMutation, WireError, WireIdentity } from "bothy/internal";
import { reportFault } from "../base/index.ts";
import type { World } from "../base/index.ts";
import type { Engine, RecordWrite } from "../engine/index.ts";
import { runMutation } from "../runtime/index.ts";
import type { CallOutcome, FunctionPool } from "../runtime/index.ts";
import { DifferenceWatch } from "./difference-watch.ts";
import { advanceRecord, isRecorded, readFamilyOutcome, readOutcome, writesOfOutcome } from "./device-record.ts";
import type { DeviceRecord } from "./device-record.ts";
import type { DeviceTerms } from "./device-terms.ts";
import type { SyncLimits } from "./limits.ts";
import type { SyncFigures } from "./sync-figures.ts";

export interface MutationParts {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: FunctionPool;
  readonly limits: SyncLimits;
  readonly figures: SyncFigures;
  /** While developing: what calls wrote on the device is compared with what they write here (SY71). */
  readonly isDev?: boolean;
}

/** Whose mutations they are. */
export interface MutationDevice {
  readonly id: string;
  readonly key: string;
  readonly identity: WireIdentity;
  /** What the deployment had of the device when it said hello. */
  readonly record: DeviceRecord;
  /** The highest number of which the device itself knew then that it had been applied. */
  readonly acked: number;
  /** undefined: it has the schema in force. */
  readonly terms: DeviceTerms | undefined;
}

interface Waiting {
  readonly mutation: PushedMutation;
  readonly sizeBytes: number;
}

export interface MutationOwner {
  /** A mutation that was sent again is answered as it was the first time. Others are answered by their commits. */
  onDuplicate(outcome: Outcome, sizeBytes: number): void;
  /** The record has been advanced by somebody else: nothing of this socket may be applied any more. */
  onOvertaken(): void;
  /** A mutation that waited does so no longer; `sizeBytes` is what it was pushed with. */
  onSettled(sizeBytes: number): void;
  /** A function wrote other things on the device than here. */
  onDifference(name: string, text: string): void;
  /** How many answers wait to be sent, and the length of their text. */
  unsentAnswers(): { readonly size: number; readonly sizeBytes: number };
}

/** Runs the mutations of one device one after the other, each exactly once (SY17, SY18, SY19). */
export class MutationQueue {
  readonly #parts: MutationParts;
  readonly #device: MutationDevice;
  readonly #owner: MutationOwner;
  readonly #differences: DifferenceWatch | undefined;
  readonly #waiting: Waiting[] = [];
  #record: DeviceRecord;
  #underWay: Waiting | undefined;
  #isStopped = false;
  #done: Promise<void> = Promise.resolve();
  #endPause: (() => void) | undefined;

  constructor(parts: MutationParts, device: MutationDevice, owner: MutationOwner) {
    this.#parts = parts;
    this.#device = device;
    this.#owner = owner;
    this.#record = device.record;
    if (parts.isDev === true) this.#differences = watchOf(parts, device, owner);
  }

  /** Mutations that have come and have no outcome yet. */
  get waitingCount(): number {
    return this.#waiting.length + (this.#underWay === undefined ? 0 : 1);
  }

  /** The number of the last one that has an outcome. */
  get appliedN(): number {
    return this.#record.n;
  }

  /** Takes a push, each mutation as so many bytes; returns the bytes that wait now. Throws what ends the socket. */
  push(mutations: readonly PushedMutation[], sizeBytes: number): number {
    const before = this.waitingCount;
    for (const mutation of mutations) this.#take(mutation, sizeBytes);
    const waitingBytes = (this.waitingCount - before) * sizeBytes;
    if (this.#underWay === undefined && this.#waiting.length > 0) this.#done = this.#drain();
    return waitingBytes;
  }

  /** Drops what has not begun; resolves once nothing is under way. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting.length = 0;
    this.#endPause?.();
    return this.#done;
  }

  #take(mutation: PushedMutation, sizeBytes: number): void {
    const { n, nonce } = mutation;
    const last = this.#waiting.at(-1) ?? this.#underWay;
    const lastN = last?.mutation.n ?? this.#record.n;
    if (n === lastN + 1) {
      if (this.#isFull()) throw tooManyPending(n);
      this.#waiting.push({ mutation, sizeBytes });
      return;
    }
    if (n > lastN) throw gap(n, lastN);
    if (n <= this.#record.n) return this.#answerDuplicate(n, nonce);
    // It is on its way already, and will be answered once.
    const same = [this.#underWay, ...this.#waiting].find((one) => one?.mutation.n === n);
    if (same?.mutation.nonce !== nonce) throw copied(n);
  }

  #isFull(): boolean {
    return this.#waiting.length + this.#owner.unsentAnswers().size >= this.#parts.limits.mutationsMax;
  }

  #answerDuplicate(n: number, nonce: string): void {
    // An answer costs the deployment more than the question costs whoever does not read the answers.
    if (this.#isFull() || this.#hasTooMuchToSend()) throw tooManyPending(n);
    const kept = readOutcome(this.#parts.engine, this.#device.id, n);
    if (kept && kept.nonce !== nonce) throw copied(n);
    this.#parts.figures.mutations.duplicate++;
    this.#owner.onDuplicate(kept?.outcome ?? this.#outcomeNotKept(n), kept?.sizeBytes ?? 0);
  }

  /**
   * More outcomes are kept than a device has on its way: what it does not know to be applied, and is not kept any more,
   * is another copy's number, perhaps with another nonce (SY21).
   */
  #outcomeNotKept(n: number): Outcome {
    const { acked, record } = this.#device;
    return n > acked && n <= record.n ? [n, "parked", untold()] : [n, "expired"];
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next && !this.#isStopped; next = this.#waiting.shift()) {
      this.#underWay = next;
      await this.#apply(next.mutation);
      this.#underWay = undefined;
      this.#owner.onSettled(next.sizeBytes);
    }
  }

  /** Runs until the mutation has an outcome: what is nobody's decision about it leads to another run (SY19). */
  async #apply(mutation: PushedMutation): Promise<void> {
    const { world, limits, figures } = this.#parts;
    let faults = 0;
    let incident = "";
    for (let pauseMs = limits.retryMs; !this.#isStopped; pauseMs = Math.min(2 * pauseMs, limits.retryMsMax)) {
      while (this.#mustWait()) await this.#pause(limits.retryMs);
      if (this.#isStopped) return;
      try {
        // It would meet the same fault for ever, and all behind it would wait.
        return faults < limits.faultsMax
          ? await this.#run(mutation)
          : this.#park(mutation, faultOf(mutation, incident));
      } catch (error) {
        // The engine may have been closed since, and nobody waits for what this comes to.
        if (this.#isStopped) return;
        if (!this.#isCurrent()) return this.#owner.onOvertaken();
        // Another copy of the device was faster.
        const told = readFamilyOutcome(this.#parts.engine, this.#record, mutation);
        if (told) return this.#settle(mutation, told);
        const { code } = toWireError(error);
        const where = { function: mutation.name };
        figures.mutationRetries.add(code);
        world.log.warn("A mutation is run again.", { ...where, code });
        if (code === "internal") {
          faults++;
          incident = reportFault(world, "A mutation met a fault of Bothy.", { error, ...where });
        }
      }
      await this.#pause(pauseMs);
    }
  }

  /** True while there is no room for what a mutation would write or answer. */
  #mustWait(): boolean {
    return !this.#isStopped && (this.#parts.engine.isOverloaded || this.#hasTooMuchToSend());
  }

  #hasTooMuchToSend(): boolean {
    return this.#owner.unsentAnswers().sizeBytes >= this.#parts.limits.answersBytes;
  }

  async #run(mutation: PushedMutation): Promise<void> {
    const { engine, pool, world } = this.#parts;
    const told = readFamilyOutcome(engine, this.#record, mutation);
    if (told) return this.#settle(mutation, told);
    const advanced = advanceRecord(this.#record, mutation.nonce);
    const guard = (): boolean => this.#isCurrent() && !readFamilyOutcome(engine, this.#record, mutation);
    // It takes its number, and nothing else: what was rejected is not revived by a deployment that has forgotten it.
    if (mutation.again === "rejected")
      return this.#settle(mutation, [mutation.n, "rejected", rejectedBefore(mutation)]);
    const parked = parkedBeforeRun(pool, mutation);
    if (parked) return this.#park(mutation, parked);
    // The device's clock may be ahead; nothing happens in the deployment's future (SY27).
    const timeMs = Math.max(0, Math.min(mutation.time, world.clock.nowMs()));
    const isSameCall = timeMs === mutation.time && this.#device.terms === undefined && !this.#isOfOther(mutation);
    const { outcome, version } = await runMutation({
      engine,
      pool,
      call: {
        name: mutation.name,
        kind: "mutation",
        mayCallInternal: false,
        args: mutation.args,
        version: mutation.version,
        ...(mutation.name === groupName && { isGroup: true }),
        identity: this.#device.identity,
        timeMs,
        nonce: mutation.nonce,
        deviceKey: this.#device.key,
      },
      guard,
      records: (ended) => {
        this.#differences?.look(mutation, { outcome: ended, isSameCall });
        return this.#recordsOf(advanced, mutation, this.#outcomeOf(mutation, ended));
      },
    });
    this.#record = advanced;
    this.#differences?.committed(mutation, version);
    this.#count(this.#outcomeOf(mutation, outcome));
  }

  #outcomeOf(mutation: PushedMutation, ended: CallOutcome): Outcome {
    return outcomeOf(mutation, ended, this.#isOfOther(mutation));
  }

  /** Its arguments are those of another version. */
  #isOfOther(mutation: PushedMutation): boolean {
    return callsOf(mutation).some(([name, version]) => {
      const entry = this.#parts.pool.functions.get(name);
      // A device does not know the version of a function that is not bundled with it; validation decides.
      return entry?.version !== version && (version !== "" || entry?.isShared === true);
    });
  }

  #park(mutation: PushedMutation, error: WireError): void {
    this.#settle(mutation, [mutation.n, "parked", error]);
  }

  /** Gives a mutation an outcome without running it. */
  #settle(mutation: PushedMutation, outcome: Outcome): void {
    const { engine } = this.#parts;
    const advanced = advanceRecord(this.#record, mutation.nonce);
    const records = this.#recordsOf(advanced, mutation, outcome);
    const guard = (): boolean => this.#isCurrent();
    const committed = engine.commit({ snapshot: engine.version, reads: [], writes: [], records, guard });
    if (committed.kind !== "committed") return this.#owner.onOvertaken();
    this.#record = advanced;
    this.#differences?.committed(mutation, committed.version);
    this.#count(outcome);
  }

  #count([, kind]: Outcome): void {
    if (kind !== "expired") this.#parts.figures.mutations[kind]++;
  }

  #isCurrent(): boolean {
    return isRecorded(this.#parts.engine, this.#device.id, this.#record);
  }

  #recordsOf(advanced: DeviceRecord, { nonce }: PushedMutation, outcome: Outcome): readonly RecordWrite[] {
    return writesOfOutcome(this.#device.id, advanced, { nonce, outcome }, this.#parts.limits.outcomesKept);
  }

  async #pause(pauseMs: number): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.world.clock.after(pauseMs, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
    this.#endPause = undefined;
  }
}

/** What the device does not know yet of its calls before is unknown here too, in what it shows. */
function watchOf({ world, engine }: MutationParts, device: MutationDevice, owner: MutationOwner): DifferenceWatch {
  const onDifference = (name: string, text: string): void => owner.onDifference(name, text);
  const strayVersion = device.acked === device.record.n ? 0 : engine.version;
  return new DifferenceWatch({ engine, log: world.log, onDifference }, strayVersion);
}

/** What is not run at all because the deployment has no such function any more. */
function parkedBeforeRun(pool: FunctionPool, mutation: PushedMutation): WireError | undefined {
  for (const call of callsOf(mutation)) {
    const parked = parkedCall(pool, call);
    if (parked) return parked;
  }
  return undefined;
}

function parkedCall(pool: FunctionPool, [name]: GroupedCall): WireError | undefined {
  const entry = pool.functions.get(name);
  if (entry === undefined || entry.visibility === "internal") {
    return {
      code: "function_missing",
      message: `There is no function "${name}".`,
      fix: "Deploy it again, or discard the change.",
    };
  }
  return undefined;
}

function rejectedBefore({ name }: PushedMutation): WireError {
  return {
    code: "epoch_changed",
    message: `"${name}" was rejected before this deployment was restored, and is not run again.`,
    fix: "Make the change again if it is still wanted.",
  };
}

function untold(): WireError {
  return {
    code: "device_copied",
    message: "Another copy of this device has gone on without this one: the change may be there or not.",
    fix: "Retry the change if it is missing, else discard it.",
  };
}

function faultOf({ name }: PushedMutation, incident: string): WireError {
  return {
    code: "internal",
    message: `"${name}" met a fault of Bothy each time that it was run (incident ${incident}).`,
    fix: "The server's log says more. Try it again after an update, or discard the change.",
  };
}

/** `isOfOther`: the arguments are those of another version. Where they are not taken, that is nobody's decision about the call. */
function outcomeOf({ n, again }: PushedMutation, outcome: CallOutcome, isOfOther: boolean): Outcome {
  switch (outcome.kind) {
    case "returned":
      return [n, "applied", outcome.value satisfies Json];
    case "threw":
      return [
        n,
        again || (isOfOther && outcome.error.code === "arguments_invalid") ? "parked" : "rejected",
        outcome.error,
      ];
    case "refused":
      return [n, outcome.error.code === "function_missing" ? "parked" : "rejected", outcome.error];
    case "exceeded":
      return [n, "rejected", outcome.error];
  }
}

function gap(n: number, lastN: number): BothyError {
  return new BothyError("frame_invalid", {
    message: `Mutation ${n} was pushed, but the one after ${lastN} is due.`,
    fix: "Push mutations in the order of their numbers, beginning after the record in welcome.",
  });
}

function copied(n: number): BothyError {
  return new BothyError("device_copied", {
    message: `Another mutation ${n} of this device has been applied: the profile was copied or restored.`,
    fix: "Take a new device id and send again what the record does not contain.",
  });
}

function tooManyPending(n: number): BothyError {
  return new BothyError("too_many_pending", {
    message: `Mutation ${n} was pushed while too many others waited.`,
    fix: "Push the rest once some of them are answered.",
  });
}
