import type { Value } from "../values/index.ts";

/** What an operation does with the value that a field has. */
export type MergeKind = "inc" | "addToSet" | "removeFromSet";

// A registered symbol, because two copies of this package may be loaded.
const mark = Symbol.for("bothy.merge");

/** What a patch does to a field whatever its value is then, so that two calls that do it never stand in each other's way (TX13). */
export class MergeOperation<Type = unknown> {
  readonly kind: MergeKind;
  readonly operand: Value;
  /** Exists for the compiler only. */
  declare readonly "~type": Type;

  constructor(kind: MergeKind, operand: Value) {
    this.kind = kind;
    this.operand = operand;
    Object.defineProperty(this, mark, { value: true });
  }
}

/** The operations that a patch may put in place of a field's value. */
export type MergesOf<Type> = Type extends number
  ? MergeOperation<number>
  : Type extends bigint
    ? MergeOperation<bigint>
    : Type extends readonly (infer Item)[]
      ? MergeOperation<readonly Item[]>
      : never;

/** Adds to a number: `db.patch(id, { likes: inc(1) })`. A field that is not there is 0; a number takes a number, a bigint a bigint. */
export function inc<By extends number | bigint>(by: By): MergeOperation<By extends number ? number : bigint> {
  return new MergeOperation("inc", by);
}

/** Adds a value to an array unless it is in it: `db.patch(id, { tags: addToSet("new") })`. A field that is not there is empty. */
export function addToSet<Item extends Value>(value: Item): MergeOperation<readonly Item[]> {
  return new MergeOperation("addToSet", value);
}

/** Takes a value out of an array, wherever in it it is. */
export function removeFromSet<Item extends Value>(value: Item): MergeOperation<readonly Item[]> {
  return new MergeOperation("removeFromSet", value);
}

/** Tells whether something is an operation of a patch, also one of another copy of this package. */
export function isMergeOperation(thing: unknown): thing is MergeOperation {
  return typeof thing === "object" && thing !== null && mark in thing;
}
