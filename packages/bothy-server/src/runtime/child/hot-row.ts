import { freezeDeep, parseValue } from "bothy/internal";
import type { Document, Key, Row } from "bothy/internal";

/**
 * A row whose document is parsed, and frozen with all that is in it, when it is first looked at: most rows that a commit
 * brings never are.
 */
export class HotRow implements Row {
  readonly id: string;
  readonly version: number;
  readonly keys: readonly Key[];
  readonly sizeBytes: number;
  #text: string | undefined;
  #document: Document | undefined;

  constructor(id: string, version: number, keys: readonly Key[], text: string) {
    this.id = id;
    this.version = version;
    this.keys = keys;
    this.sizeBytes = text.length;
    this.#text = text;
  }

  get document(): Document {
    if (this.#document === undefined) {
      this.#document = parseDocument(this.#text ?? "");
      this.#text = undefined;
    }
    return this.#document;
  }
}

/** The frozen document of a stored text. */
export function parseDocument(text: string): Document {
  // Stored text was made from a document that the schema let through.
  return freezeDeep(parseValue(text) as Document);
}
