import { isBothyError, pokeText, toWireError } from "bothy/internal";
import type { BothyError, HelloHold, HoldMessage, Outcome, PokeHeader, Push, Subscribe, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine, Snapshot } from "../engine/index.ts";
import type { Live } from "../live/index.ts";
import type { FunctionPool } from "../runtime/index.ts";
import { AnswerBox } from "./answer-box.ts";
import { catchUpPieces, PokePart } from "./catch-up.ts";
import type { CatchUpStep, PokePiece } from "./catch-up.ts";
import { CursorPace } from "./cursor-pace.ts";
import type { CursorSealer } from "./cursor-seal.ts";
import { DeviceChecks } from "./device-checks.ts";
import type { Answering, Question } from "./device-checks.ts";
import { DeviceRanges } from "./device-ranges.ts";
import type { HeldCursor } from "./device-ranges.ts";
import type { SyncLimits } from "./limits.ts";
import { MutationQueue } from "./mutation-queue.ts";
import type { MutationDevice } from "./mutation-queue.ts";
import type { Intake } from "./intake.ts";
import type { Outlet } from "./outlet.ts";
import { planRanges } from "./plan-ranges.ts";
import type { RangePlan } from "./plan-ranges.ts";
import type { Pumped, PumpQueue } from "./pump-queue.ts";
import { QuerySet } from "./query-set.ts";
import type { RangeHub } from "./range-hub.ts";
import { deviceReplaced, internalFault } from "./refusals.ts";
import { ScopeSet } from "./scope-set.ts";
import { edgesOf, textsOf } from "./shared-pokes.ts";
import type { RangeChanges, SharedPokes } from "./shared-pokes.ts";
import type { SyncFigures } from "./sync-figures.ts";

/** What all sessions of a deployment share. */
export interface SessionParts {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: FunctionPool;
  readonly live: Live;
  readonly limits: SyncLimits;
  readonly hub: RangeHub;
  readonly pumps: PumpQueue;
  readonly sharedPokes: SharedPokes;
  readonly sealer: CursorSealer;
  readonly figures: SyncFigures;
  readonly isDev?: boolean;
}

/** Whose session it is, and what it held when it connected. */
export interface SessionDevice extends MutationDevice {
  /** The epoch named in its welcome: what it stores belongs to that one. */
  readonly epoch: string;
  readonly cursor: HeldCursor | undefined;
  /** The scopes with arguments that its hello names. */
  readonly holds: readonly HelloHold[];
}

/** One device's socket from its welcome on: scopes, queries and mutations in, pokes out. */
export class Session implements Pumped {
  readonly device: SessionDevice;
  readonly #parts: SessionParts;
  readonly #outlet: Outlet;
  readonly #intake: Intake;
  readonly #ranges: DeviceRanges;
  readonly #scopes: ScopeSet;
  readonly #queries: QuerySet;
  readonly #mutations: MutationQueue;
  readonly #answers = new AnswerBox();
  readonly #cursorPace: CursorPace;
  readonly #checks: DeviceChecks;
  /** `new`: it was not poked yet. `sending`: a poke is on its way in parts. */
  #state: "new" | "idle" | "sending" | "ended" = "new";
  /** The version of the last poke. */
  #at: Version;

  constructor(
    parts: SessionParts,
    device: SessionDevice,
    { outlet, intake }: { readonly outlet: Outlet; readonly intake: Intake },
  ) {
    const { world, limits, live, hub, pumps } = parts;
    this.#parts = parts;
    this.device = device;
    this.#outlet = outlet;
    this.#intake = intake;
    this.#at = device.cursor?.version ?? 0;
    this.#ranges = new DeviceRanges(hub, limits, () => pumps.addSilently(this));
    this.#queries = new QuerySet(live, device.identity, limits, () => pumps.add(this));
    this.#cursorPace = new CursorPace(world.clock, limits.cursorMs, () => pumps.add(this));
    this.#checks = new DeviceChecks(parts, device.id, () => pumps.add(this));
    this.#mutations = new MutationQueue(parts, device, {
      onDuplicate: (outcome, sizeBytes) => this.#answer(outcome, sizeBytes),
      onOvertaken: () => this.end(deviceReplaced()),
      onDifference: (name, text) => outlet.sendMessage({ type: "warning", function: name, text }),
      unsentAnswers: () => this.#answers,
      onSettled: (sizeBytes) => intake.answered(sizeBytes),
    });
    this.#scopes = new ScopeSet(
      {
        live,
        pool: parts.pool,
        log: world.log,
        figures: parts.figures,
        limits,
        shapeOf: (spec) => hub.shapeOf(spec, device.terms),
      },
      device.identity,
      {
        onScopeRun: () => pumps.add(this),
        onScopeState: (message) => outlet.sendMessage(message),
      },
    );
    outlet.onWritable(() => pumps.add(this));
    // What it holds is known before anything is granted: the first poke neither drops it nor sends it again.
    for (const hold of device.holds) this.#scopes.hold(hold, true);
    this.#scopes.follow();
  }

  /** Mutations of the device that have come and have no outcome yet. */
  get waitingMutations(): number {
    return this.#mutations.waitingCount;
  }

  /** The number up to which its mutations have been applied. */
  get appliedN(): number {
    return this.#mutations.appliedN;
  }

  /** `sizeBytes`: of the frame that they came in. */
  push({ mutations }: Push, sizeBytes: number): void {
    if (this.#isEnded() || mutations.length === 0) return;
    const waitingBytes = this.#mutations.push(mutations, sizeBytes / mutations.length);
    this.#intake.took(waitingBytes);
  }

  /** A refused subscription is told and ends nothing. */
  subscribe(message: Subscribe): void {
    // A socket goes on to deliver for a while after it was told to close.
    if (this.#isEnded()) return;
    try {
      this.#queries.subscribe(message);
    } catch (error) {
      if (!isBothyError(error)) throw error;
      this.#outlet.sendMessage({ type: "error", error: toWireError(error), isFatal: false, query: message.query });
    }
  }

  unsubscribe(query: number): void {
    this.#queries.unsubscribe(query);
  }

  /** Nothing waits for a scope that is new to the device. */
  hold(message: HoldMessage): void {
    if (!this.#isEnded()) this.#scopes.hold(message, false);
  }

  release(hold: number): void {
    this.#scopes.release(hold);
  }

  /** Takes a question about what the device holds. */
  ask(question: Question, sizeBytes: number): void {
    if (this.#isEnded()) return;
    this.#checks.ask(question, sizeBytes, (number) => this.#ranges.followed().get(number));
    this.#intake.took(sizeBytes);
    this.#parts.pumps.add(this);
  }

  /** A mutation of this device has become durable. */
  onOutcome(version: Version, outcome: Outcome, sizeBytes: number): void {
    if (this.#isEnded()) return;
    this.#answers.add(version, outcome, sizeBytes);
    this.#parts.pumps.addSilently(this);
  }

  /** The app's functions have changed. */
  onReload(): void {
    if (!this.#isEnded()) this.#scopes.follow();
  }

  /** Ends the socket with a reason, and the session with it. */
  end(error: BothyError): void {
    this.#outlet.end(error);
    void this.close();
  }

  /** Ends the session; resolves once none of its mutations is under way. */
  close(): Promise<void> {
    if (this.#state !== "ended") {
      this.#state = "ended";
      this.#scopes.close();
      this.#queries.close();
      this.#ranges.close();
      this.#cursorPace.stop();
      this.#checks.stop();
      this.#parts.pumps.remove(this);
    }
    return this.#mutations.stop();
  }

  /** Sends what may be sent now; whatever it has to wait for pumps again. A fault ends this socket and no other. */
  pump(): void {
    try {
      this.#pump();
    } catch (error) {
      this.end(internalFault(this.#parts.world, error));
    }
  }

  #pump(): void {
    const { hub } = this.#parts;
    if (this.#state === "ended" || this.#state === "sending" || this.#outlet.isFull) return;
    const to = hub.version;
    // Revocation comes first: nothing newer than a write into a scope's read set goes out before the scope has said what it means.
    if (!this.#scopes.isCleanAt(to)) return;
    const plan = this.#scopes.hasChanged ? planRanges(this.#scopes.claims(), this.#ranges.held) : nothingMoves;
    if (!this.#keepBooks(plan)) return;
    const isMoved =
      this.#state === "new" || movesAnything(plan) || (this.#scopes.hasChanged && this.#scopes.hasNewlyHeld);
    const changes = isMoved ? undefined : this.#ranges.takeChanges();
    if (changes === undefined) return this.#catchUp(to, plan);
    this.#scopes.acknowledge();
    this.#sendChanges(to, changes);
    this.#rest(to);
    this.#check(to);
    // What has to be durable for these may come in several groups.
    if (this.#answers.size > 0) this.#parts.pumps.addLater(this);
  }

  /** Sees to it that the books of new ranges have begun before the version that they are granted at. */
  #keepBooks({ granted }: RangePlan): boolean {
    const { hub, pumps } = this.#parts;
    let haveBegun = true;
    for (const { id } of granted) {
      const shape = this.#scopes.shape(id);
      if (shape && hub.keepBook(shape) === "begins") haveBegun = false;
    }
    if (!haveBegun) pumps.addLater(this);
    return haveBegun;
  }

  #sendChanges(to: Version, changes: RangeChanges): void {
    if (this.#answers.isDueAt(to)) {
      const header: PokeHeader = { type: "poke", to, ...edgesOf(changes), ...this.#answers.take(to) };
      this.#outlet.send(pokeText(header, textsOf(changes)));
    } else if (changes.size > 0) {
      this.#outlet.send(this.#parts.sharedPokes.poke(to, changes));
    } else return;
    this.#poked(to);
  }

  #catchUp(to: Version, plan: RangePlan): void {
    this.#atSnapshot(to, (snapshot) => this.#move(snapshot, plan));
  }

  /** Verifies what the device holds, or answers what it asks about it, if something of that is due. */
  #check(to: Version): void {
    if (this.#outlet.isFull || !this.#checks.isDue(this.#ranges.hasFrozen)) return;
    this.#atSnapshot(to, (snapshot) => {
      const answering = this.#checks.next(this.#ranges.followed(), this.#at);
      this.#state = "sending";
      void this.#answerQuestion(snapshot, answering);
    });
  }

  /** Begins what reads at the version that has been told; whoever begins closes the snapshot. */
  #atSnapshot(to: Version, begin: (snapshot: Snapshot) => void): void {
    const snapshot = this.#parts.engine.openSnapshot();
    if (snapshot.version !== to) {
      snapshot.close();
      return this.#parts.pumps.addLater(this);
    }
    try {
      begin(snapshot);
    } catch (error) {
      snapshot.close();
      throw error;
    }
  }

  #move(snapshot: Snapshot, plan: RangePlan): void {
    const isFirst = this.#state === "new";
    const cursor = isFirst ? this.device.cursor : undefined;
    const { drop, without, steps, leases } = this.#ranges.move({
      plan,
      shape: (id) => this.#scopes.shape(id),
      snapshot,
      at: this.#at,
      cursor,
    });
    const held = this.#scopes.takeNewlyHeld();
    this.#scopes.acknowledge();
    if (cursor !== undefined) this.#parts.figures.catchUps.kept += cursor.edgeByTag.size - without.length;
    this.#state = "sending";
    const head: Partial<PokeHeader> = {
      ...(cursor === undefined ? {} : { since: cursor.version }),
      ...(without.length === 0 ? {} : { without }),
      ...(drop.length === 0 ? {} : { drop }),
      ...(leases.length === 0 ? {} : { leases }),
      ...(held.length === 0 ? {} : { held }),
    };
    const isWanted = isFirst || drop.length + leases.length + held.length > 0;
    void this.#sendCatchUp(snapshot, steps, { head, isWanted });
  }

  /** Sends a poke in parts, each made when the client has room for it and commits have had their turn. */
  async #sendCatchUp(
    snapshot: Snapshot,
    steps: readonly CatchUpStep[],
    poke: { readonly head: Partial<PokeHeader>; readonly isWanted: boolean },
  ): Promise<void> {
    const { world, limits } = this.#parts;
    const to = snapshot.version;
    let { head, isWanted } = poke;
    try {
      let part = new PokePart();
      const isDone = await this.#inTurns(catchUpPieces(snapshot, steps, limits), (piece) => {
        isWanted = true;
        part.add(piece);
        this.#countCatchUp(piece);
        if (part.sizeBytes < limits.partBytes) return;
        this.#outlet.send(pokeText({ type: "poke", to, more: true, ...head, ...part.header() }, part.chunks));
        part = new PokePart();
        head = {};
      });
      if (!isDone) return;
      if (isWanted || this.#answers.isDueAt(to)) {
        const header: PokeHeader = { type: "poke", to, ...head, ...part.header(), ...this.#answers.take(to) };
        this.#outlet.send(pokeText(header, part.chunks));
        this.#poked(to);
      }
      this.#state = "idle";
      this.#parts.pumps.add(this);
    } catch (error) {
      this.end(internalFault(world, error));
    } finally {
      snapshot.close();
    }
  }

  async #answerQuestion(snapshot: Snapshot, { texts, moves, sizeBytes }: Answering): Promise<void> {
    try {
      const isDone = await this.#inTurns(texts(snapshot), (text) => {
        if (text !== undefined) this.#outlet.send(text);
      });
      this.#intake.answered(sizeBytes);
      if (!isDone) return;
      if (moves) this.#poked(snapshot.version);
      this.#state = "idle";
      this.#parts.pumps.add(this);
    } catch (error) {
      this.end(internalFault(this.#parts.world, error));
    } finally {
      snapshot.close();
    }
  }

  /** Takes what is made piece by piece, so that others have their turn in between and the client reads; false: the session has ended. */
  async #inTurns<Piece>(pieces: Iterable<Piece>, take: (piece: Piece) => void): Promise<boolean> {
    const { world, limits } = this.#parts;
    let sliceStartMs = world.clock.monotonicMs();
    for (const piece of pieces) {
      take(piece);
      if (this.#outlet.isFull || world.clock.monotonicMs() - sliceStartMs >= limits.sliceMs) {
        await this.#turn();
        sliceStartMs = world.clock.monotonicMs();
      }
      if (this.#isEnded()) return false;
    }
    return true;
  }

  #countCatchUp({ grant, still, compare }: PokePiece): void {
    const { catchUps } = this.#parts.figures;
    if (grant !== undefined) catchUps.whole++;
    if (still !== undefined) catchUps.rows++;
    if (compare !== undefined) catchUps.compared++;
  }

  #isEnded(): boolean {
    return this.#state === "ended";
  }

  /** Lets others have their turn, and the client read. */
  async #turn(): Promise<void> {
    const { clock } = this.#parts.world;
    await new Promise<void>((resolve) => clock.soon(resolve));
    while (this.#outlet.isFull && this.#outlet.isOpen) {
      await new Promise<void>((resolve) => this.#outlet.onWritable(resolve));
    }
    this.#outlet.onWritable(() => this.#parts.pumps.add(this));
  }

  #poked(to: Version): void {
    this.#parts.figures.pokes++;
    this.#at = to;
    this.#cursorPace.poked();
  }

  /** Everything up to a version has been told: what had to wait for that follows. */
  #rest(to: Version): void {
    for (const text of this.#queries.takeTexts(to)) {
      this.#outlet.send(text);
      // The rest follows once the client has read these.
      if (this.#outlet.isFull) return;
    }
    if (this.#ranges.hasFrozen || !this.#cursorPace.isDue()) return;
    const logHash = this.#parts.engine.logHash(this.#at);
    if (logHash === undefined) return;
    const { id, epoch, identity } = this.device;
    const state = { epoch, deviceId: id, userId: identity.subject, version: this.#at, ranges: this.#ranges.tags() };
    this.#outlet.sendMessage({ type: "cursor", version: this.#at, seal: this.#parts.sealer.seal(state, logHash) });
    this.#cursorPace.sent();
  }

  #answer(outcome: Outcome, sizeBytes: number): void {
    const { version } = this.#parts.engine;
    this.#answers.add(version, outcome, sizeBytes);
    if (version <= this.#parts.hub.version) this.#parts.pumps.add(this);
    else this.#parts.pumps.addLater(this);
  }
}

const nothingMoves: RangePlan = { granted: [], lost: [], frozen: [], thawed: [], leased: [] };

function movesAnything({ granted, lost, frozen, thawed, leased }: RangePlan): boolean {
  return granted.length + lost.length + frozen.length + thawed.length + leased.length > 0;
}
