import type { Projection, TableDefinition } from "bothy/internal";

/** The text of a document with only the fields of a projection, cut out of its stored text without parsing it. */
export function projectText(text: string, { fields }: Projection): string {
  let kept = "";
  for (const [field, part] of fieldTexts(text))
    if (field.startsWith("_") || fields.includes(field)) kept += kept === "" ? part : `,${part}`;
  return `{${kept}}`;
}

/**
 * The width of the narrowest projection that shows a change of a document. All wider ones show it too, and whole documents
 * are the widest; 0 for a document that comes or goes.
 */
export function touchedWidth({ projections }: TableDefinition, before: string | null, after: string | null): number {
  if (projections.length === 0 || before === null || after === null) return 0;
  const rest = new Map(fieldTexts(before));
  const changed: string[] = [];
  for (const [field, part] of fieldTexts(after)) {
    if (rest.get(field) !== part) changed.push(field);
    rest.delete(field);
  }
  changed.push(...rest.keys());
  const width = projections.findIndex(({ fields }) => fields.some((field) => changed.includes(field)));
  return width < 0 ? projections.length : width;
}

/** The fields at the top of a document, each with its text (`"name":value`). Canonical text has no space between its parts. */
function* fieldTexts(text: string): Generator<readonly [field: string, text: string]> {
  for (let at = 1; at < text.length - 1;) {
    const colon = afterString(text, at);
    const end = afterValue(text, colon + 1);
    yield [unquoted(text.slice(at, colon)), text.slice(at, end)];
    at = end + 1;
  }
}

/** Names may be any printable ASCII, and few need an escape. */
function unquoted(name: string): string {
  return name.includes("\\") ? String(JSON.parse(name)) : name.slice(1, -1);
}

/** The place behind a string that begins here. */
function afterString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}

/** The place behind a value that begins here: a comma or a brace of what it stands in. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ;) {
    const char = text[at];
    if (char === '"') {
      at = afterString(text, at);
      continue;
    }
    if (depth === 0 && (char === "," || char === "}")) return at;
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    at++;
  }
}
