import { pokeText } from "bothy/internal";
import type { PokeHeader, Version } from "bothy/internal";
import type { LiveRange } from "./live-range.ts";
import type { RangeChange } from "./range-change.ts";

/** What changed for a device in the ranges that it holds. */
export type RangeChanges = ReadonlyMap<LiveRange, RangeChange>;

const encoder = new TextEncoder();

/** Pokes that are the same for many devices, each encoded once (SY14). */
export class SharedPokes {
  #to: Version = -1;
  readonly #pokeByChanges = new Map<string, string | Uint8Array>();

  /** The poke to a version that consists of these changes and nothing else. */
  poke(to: Version, changes: RangeChanges): string | Uint8Array {
    if (to !== this.#to) {
      this.#to = to;
      this.#pokeByChanges.clear();
    }
    let name = "";
    let isShared = false;
    for (const [range, change] of changes) {
      name += `${change.id},`;
      isShared ||= range.subscribers.size > 1;
    }
    let poke = this.#pokeByChanges.get(name);
    if (poke === undefined) {
      const text = pokeText({ type: "poke", to, ...edgesOf(changes) }, textsOf(changes));
      // A socket would encode text anew for each client.
      poke = isShared ? encoder.encode(text) : text;
      this.#pokeByChanges.set(name, poke);
    }
    return poke;
  }
}

/** The header's part about windows whose edge has moved. */
export function edgesOf(changes: RangeChanges): Pick<PokeHeader, "edges"> {
  const edges: (readonly [number, string])[] = [];
  for (const [range, { edge }] of changes) if (edge !== undefined) edges.push([range.number, edge]);
  return edges.length === 0 ? {} : { edges };
}

/** The chunks of the changes. */
export function textsOf(changes: RangeChanges): readonly string[] {
  return Array.from(changes.values(), ({ text }) => text);
}
