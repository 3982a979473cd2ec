import { rangeSpecFromJson } from "bothy/internal";
import type { Json, RangeSpec } from "bothy/internal";

/** Ranges of one generation; with the one before it, as many as thousands of devices hold. */
const generationMax = 65_536;

/**
 * Reads the ranges that scopes return, each text once: scopes that run again return nearly the same, and whoever works something
 * out of a range keeps it by the object. What is not met for a generation is forgotten.
 */
export class RangeSpecs {
  #young = new Map<string, RangeSpec>();
  #old: ReadonlyMap<string, RangeSpec> = new Map();

  /** The range that this is the JSON of: the same object as the last time, unless that is long ago. */
  of(json: Json): RangeSpec {
    const text = JSON.stringify(json);
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const spec = this.#old.get(text) ?? rangeSpecFromJson(json);
    if (this.#young.size >= generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, spec);
    return spec;
  }
}
