import type { Schema, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import {
  buildIndexes,
  checkDocuments,
  clearPrefixes,
  noteUnfinished,
  prefixesToClear,
  refuseProblems,
  stopped,
  type BuildParts,
} from "./build-schema.ts";
import { Construction } from "./construction.ts";
import type { DurabilityGate } from "./durability-gate.ts";
import type { EngineState } from "./engine-state.ts";
import type { ChangeSchemaOptions, SchemaProgress } from "./engine.ts";
import { metaKeys } from "./keys.ts";
import { isSameSchema, planSchemaChange, prefixesInForce } from "./schema-change.ts";

/** What a changer works with. */
export interface SchemaChangerParts {
  readonly world: Pick<World, "clock" | "log">;
  readonly state: EngineState;
  readonly gate: DurabilityGate;
  /** Commits the record that puts a schema in force. */
  readonly put: (next: Schema) => Version;
}

/** Changes the schema of an open engine beside reads and writes (EN19 to EN22), one change after the other. */
export class SchemaChanger {
  readonly #parts: SchemaChangerParts;
  #last: Promise<unknown>;
  #progress: SchemaProgress | undefined;
  #isStopped = false;

  constructor(parts: SchemaChangerParts) {
    this.#parts = parts;
    // What a crash left half.
    this.#last = this.#tidy(this.#readUnfinished());
  }

  get progress(): SchemaProgress | undefined {
    return this.#progress;
  }

  /** Resolves once the schema is in force and durable; what it has left behind is removed afterwards. */
  change(next: Schema, options: ChangeSchemaOptions): Promise<void> {
    const changed = this.#last.then(() => this.#change(next, options));
    const tidied = changed.catch(() => undefined).then(() => this.#tidy(this.#readUnfinished()));
    this.#last = tidied;
    return changed;
  }

  /** Takes no further step; resolves once none is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#parts.state.layer.endBeside();
    await this.#last;
  }

  async #change(next: Schema, { onProgress = () => undefined, onTaken }: ChangeSchemaOptions): Promise<void> {
    if (this.#isStopped) throw stopped();
    const { state, gate, put } = this.#parts;
    if (isSameSchema(state.schema, next)) return onTaken?.();
    const construction = new Construction(planSchemaChange(state.schema, next));
    const parts = this.#buildParts(onProgress);
    state.construct(construction);
    try {
      const countByTable = await checkDocuments(parts, construction);
      await noteUnfinished(parts, prefixesToClear(construction.change));
      await clearPrefixes(parts, prefixesToClear({ ...construction.change, dropped: [] }));
      await buildIndexes(parts, construction, countByTable);
      // A view of an older version would lack entries: from here on the durable version is one that has them all.
      await gate.whenDurable(state.version);
      if (this.#isStopped) throw stopped();
      refuseProblems(construction);
      const version = put(next);
      onTaken?.();
      await gate.whenDurable(version);
    } finally {
      state.construct(undefined);
      this.#progress = undefined;
    }
  }

  /** Removes what is noted and not in force. A fault leaves it for the next start, and harms nobody: nobody reads there. */
  async #tidy(prefixes: readonly string[]): Promise<void> {
    const { state, gate, world } = this.#parts;
    if (prefixes.length === 0) return;
    try {
      // What commits wrote there while it was built, or in force, is applied before it is removed.
      const { version } = state;
      await gate.whenDurable(version);
      await state.layer.whenApplied(version);
      const parts = this.#buildParts(() => undefined);
      const inForce = prefixesInForce(state.schema);
      await clearPrefixes(
        parts,
        prefixes.filter((prefix) => !inForce.has(prefix)),
      );
      if (!this.#isStopped) await noteUnfinished(parts, []);
    } catch (error) {
      world.log.warn("What a change of the schema left behind was not removed; the next start tries again.", { error });
    }
  }

  #readUnfinished(): readonly string[] {
    const noted = this.#parts.state.store.get(metaKeys.unfinished);
    // Written by this code and read under a checksum.
    return noted === undefined ? [] : (JSON.parse(noted) as string[]);
  }

  #buildParts(onProgress: (text: string) => void): BuildParts {
    const { world, state } = this.#parts;
    return {
      clock: world.clock,
      store: state.store,
      layer: state.layer,
      onProgress,
      onFigures: (progress) => (this.#progress = progress),
      isStopped: () => this.#isStopped,
    };
  }
}
