// What was typed into a form and not yet saved, kept for this tab: leaving by accident, or a reload, loses nothing.

import { useState } from "react";

const prefix = "fieldlog:draft:";

/** A form's texts: as it was opened, and as it stands. */
export interface FormDraft {
  readonly shown: FormTexts;
  readonly typed: FormTexts;
}

export type FormTexts = Readonly<Record<string, string>>;

/** The draft of a form, if there is one. */
export function readDraft(key: string): FormDraft | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(nameOf(key)) ?? "null");
    if (typeof kept !== "object" || kept === null || !("shown" in kept) || !("typed" in kept)) return undefined;
    return { shown: textsOf(kept.shown), typed: textsOf(kept.typed) };
  } catch {
    // A browser that keeps nothing for pages has no drafts.
    return undefined;
  }
}

/** Keeps what stands in a form; nothing, if it stands as it was opened. */
export function keepDraft(key: string, { shown, typed }: FormDraft): void {
  try {
    if (Object.entries(typed).every(([name, text]) => text === (shown[name] ?? ""))) dropDraft(key);
    else sessionStorage.setItem(nameOf(key), JSON.stringify({ shown, typed }));
  } catch {
    // What stands in the form is still there, as long as the form is.
  }
}

export function dropDraft(key: string): void {
  try {
    sessionStorage.removeItem(nameOf(key));
  } catch {
    // There was none.
  }
}

/** Drops the drafts of all forms. */
export function dropDrafts(): void {
  try {
    const keys = Array.from({ length: sessionStorage.length }, (_, place) => sessionStorage.key(place) ?? "");
    for (const key of keys) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  } catch {
    // There were none.
  }
}

/** The draft with which a form opens, and the way to begin without it: a new `round` is a new form. */
export function useFormDraft(key: string) {
  const [opened, setOpened] = useState(() => ({ round: 0, draft: readDraft(key) }));
  const startOver = () => {
    dropDraft(key);
    setOpened(({ round }) => ({ round: round + 1, draft: undefined }));
  };
  return { ...opened, startOver };
}

/** The texts of a form. */
export function formTexts(form: FormData): FormTexts {
  return textsOf(Object.fromEntries(form));
}

/** A form with these texts. */
export function formOf(texts: FormTexts): FormData {
  const form = new FormData();
  for (const [name, text] of Object.entries(texts)) form.set(name, text);
  return form;
}

function nameOf(key: string): string {
  return `${prefix}${key}`;
}

function textsOf(object: unknown): FormTexts {
  if (typeof object !== "object" || object === null) return {};
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, text]) => (typeof text === "string" ? [[name, text]] : [])),
  );
}
