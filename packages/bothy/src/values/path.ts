/** One step into a value: a field's name or an item's place. */
export type PathStep = string | number;

/** Writes a path as an author would, such as `report.tags[2]`; the whole is "the value". */
export function writePath(path: readonly PathStep[], whole: string = "the value"): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) text += `[${JSON.stringify(step.slice(0, 80))}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text === "" ? whole : text;
}
