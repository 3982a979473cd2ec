import { BothyError } from "../errors/index.ts";
import { checkValue, cloneValue, equalValues, nameType, type Value } from "../values/index.ts";

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
    checkValue(operand);
    this.kind = kind;
    // A copy: it may be a while until it is applied.
    this.operand = cloneValue(operand);
    Object.defineProperty(this, mark, { value: true });
  }

  /** The field's value afterwards. An operation brings this along, so that only apps that use one load it. */
  apply(field: string, before: Value | undefined): Value | undefined {
    const { kind, operand } = this;
    if (kind === "inc") {
      if (before === undefined) return operand;
      if (typeof before === "number" && typeof operand === "number") return before + operand;
      if (typeof before === "bigint" && typeof operand === "bigint") return before + operand;
    } else {
      if (before === undefined) return kind === "addToSet" ? [operand] : undefined;
      if (Array.isArray(before)) {
        if (kind === "removeFromSet") return before.filter((one) => !equalValues(one, operand));
        return before.some((one) => equalValues(one, operand)) ? before : [...before, operand];
      }
    }
    throw new BothyError("document_invalid", {
      message: `${kind} of ${nameType(operand)} cannot change the field ${field}: it is ${nameType(before)}.`,
      fix: "Use inc with a number on numbers, with a bigint on bigints, and the others on arrays.",
    });
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
