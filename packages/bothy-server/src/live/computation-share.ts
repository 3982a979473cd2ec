import { assert, stringifyJson } from "bothy/internal";
import { Computation, nameOfIdentity } from "./computation.ts";
import type { ComputationOwner, ComputationParts, Subscriber } from "./computation.ts";
import type { LiveCall } from "./live-pool.ts";
import type { RunQueue } from "./run-queue.ts";

/** All computations of one function with the same arguments. */
interface Family {
  readonly name: string;
  /** For everybody: its last run did not ask who is calling. */
  common: Computation | undefined;
  readonly byIdentity: Map<string, Computation>;
}

/** Where computations wait to be run, by the kind of their function. */
export type RunQueues = Readonly<Record<LiveCall["kind"], RunQueue<Computation>>>;

/**
 * Finds for each subscriber the computation that it can share: by function, arguments, and the identity if the function
 * reads it. Which of them do is learnt from each run.
 */
export class ComputationShare implements ComputationOwner {
  readonly #parts: ComputationParts;
  readonly #queues: RunQueues;
  readonly #familyByName = new Map<string, Family>();
  readonly #familyOf = new Map<Computation, Family>();
  readonly #computationOf = new Map<Subscriber, Computation>();

  constructor(parts: ComputationParts, queues: RunQueues) {
    this.#parts = parts;
    this.#queues = queues;
  }

  get size(): number {
    return this.#familyOf.size;
  }

  get subscriberCount(): number {
    return this.#computationOf.size;
  }

  forEach(visit: (computation: Computation) => void): void {
    for (const computation of [...this.#familyOf.keys()]) visit(computation);
  }

  find(subscriber: Subscriber): Computation | undefined {
    return this.#computationOf.get(subscriber);
  }

  add(call: LiveCall, subscriber: Subscriber): void {
    const family = this.#familyFor(call);
    const identity = nameOfIdentity(call.identity);
    const found = family.common ?? family.byIdentity.get(identity);
    if (found) return this.#join(found, subscriber);
    const made = new Computation(this.#parts, this, call);
    family.byIdentity.set(identity, made);
    this.#familyOf.set(made, family);
    this.#join(made, subscriber);
    this.#queues[made.call.kind].add(made);
  }

  remove(subscriber: Subscriber): void {
    const computation = this.#computationOf.get(subscriber);
    if (computation === undefined) return;
    this.#computationOf.delete(subscriber);
    computation.subscribers.delete(subscriber);
    if (computation.subscribers.size === 0) this.end(computation);
  }

  /** Ends a computation that nobody is to hear of any more. */
  end(computation: Computation): void {
    const family = this.#familyOf.get(computation);
    if (family === undefined) return;
    this.#familyOf.delete(computation);
    this.#queues[computation.call.kind].remove(computation);
    for (const subscriber of computation.subscribers) this.#computationOf.delete(subscriber);
    computation.close();
    if (family.common === computation) family.common = undefined;
    const identity = nameOfIdentity(computation.call.identity);
    if (family.byIdentity.get(identity) === computation) family.byIdentity.delete(identity);
    if (family.common === undefined && family.byIdentity.size === 0) this.#familyByName.delete(family.name);
  }

  onStale(computation: Computation): void {
    if (this.#familyOf.has(computation)) this.#queues[computation.call.kind].add(computation);
  }

  onRun(computation: Computation, hasReadIdentity: boolean): void {
    const family = this.#familyOf.get(computation);
    assert(family, "a computation that ran has a family");
    if (hasReadIdentity) {
      if (family.common === computation) this.#split(family, computation);
    } else if (family.common === undefined) {
      family.byIdentity.delete(nameOfIdentity(computation.call.identity));
      family.common = computation;
    } else if (family.common !== computation) {
      this.#move(computation, family.common);
    }
  }

  /** The function read the identity this time: the result is for that identity alone, all others get runs of their own. */
  #split(family: Family, computation: Computation): void {
    const identity = nameOfIdentity(computation.call.identity);
    family.common = undefined;
    const others = [...computation.subscribers].filter((one) => nameOfIdentity(one.identity) !== identity);
    const earlier = family.byIdentity.get(identity);
    family.byIdentity.set(identity, computation);
    if (earlier) this.#move(earlier, computation);
    for (const other of others) {
      computation.subscribers.delete(other);
      this.#computationOf.delete(other);
      this.add({ ...computation.call, identity: other.identity }, other);
    }
    if (computation.subscribers.size === 0) this.end(computation);
  }

  #move(from: Computation, to: Computation): void {
    const subscribers = [...from.subscribers];
    from.subscribers.clear();
    for (const subscriber of subscribers) this.#join(to, subscriber);
    this.end(from);
  }

  #join(computation: Computation, subscriber: Subscriber): void {
    computation.subscribers.add(subscriber);
    this.#computationOf.set(subscriber, computation);
    if (computation.result === undefined) return;
    this.#parts.world.clock.soon(() => {
      if (this.#computationOf.get(subscriber) === computation) computation.tell(subscriber);
    });
  }

  #familyFor(call: LiveCall): Family {
    const { kind, name, args, mayCallInternal } = call;
    const familyName = `${kind} ${mayCallInternal} ${name} ${stringifyJson(args)}`;
    let family = this.#familyByName.get(familyName);
    if (family === undefined) {
      family = { name: familyName, common: undefined, byIdentity: new Map() };
      this.#familyByName.set(familyName, family);
    }
    return family;
  }
}
