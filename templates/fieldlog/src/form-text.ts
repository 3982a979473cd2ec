/** The text of a form's field; empty if there is none. */
export function formText(form: FormData, name: string): string {
  const entry = form.get(name);
  return typeof entry === "string" ? entry.trim() : "";
}
