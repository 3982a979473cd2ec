/** How documents of a table are sent to some devices: in the terms of their schema, or with a part of their fields. */
export interface RowForm {
  /** Equal for forms that make the same text of every document; empty for documents as they are stored. */
  readonly id: string;
  /** The text of a document as it is sent, of its text as it is stored. */
  textOf(text: string): string;
}

/** Documents as they are stored. */
export const storedForm: RowForm = { id: "", textOf: (text) => text };
