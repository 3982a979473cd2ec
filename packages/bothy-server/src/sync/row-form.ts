import type { Projection } from "bothy/internal";
import { projectText } from "../engine/index.ts";

/** How documents of a table are sent to some devices: in the terms of their schema, or with a part of their fields. */
export interface RowForm {
  /** Equal for forms that make the same text of every document; empty for documents as they are stored. */
  readonly id: string;
  /** The text of a document as it is sent, of its text as it is stored. */
  textOf(text: string): string;
}

/** Documents as they are stored. */
export const storedForm: RowForm = { id: "", textOf: (text) => text };

/** A form of what a projection shows: the other fields are gone before anything is made of the document. */
export function projectedForm(form: RowForm, projection: Projection): RowForm {
  const { name, fields } = projection;
  // A document that is in several ranges comes to each of them, one after the other.
  let last = { whole: "", sent: "" };
  return {
    id: JSON.stringify([form.id, name, fields.toSorted()]),
    textOf: (whole) => {
      if (whole !== last.whole) last = { whole, sent: form.textOf(projectText(whole, projection)) };
      return last.sent;
    },
  };
}
