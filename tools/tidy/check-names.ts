import type { Finding } from "./source.ts";

const check = "names";

const forbiddenWords = new Set(["util", "utils", "helper", "helpers", "common", "misc", "manager", "impl"]);
const forbiddenAlone = new Set(["handler", "handlers", "data", "info"]);
const numberedOnPurpose = new Set(["utf8"]);
// Their own tools fix the names of generated files, declarations and settings.
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;

/** Finds files and folders whose names say nothing, carry a number, or are not in kebab-case. */
export function checkNames(paths: readonly string[]): readonly Finding[] {
  const judged = new Set<string>();
  return paths.flatMap((path) => {
    const segments = path.split("/");
    return segments.flatMap((segment, index) => {
      const prefix = segments.slice(0, index + 1).join("/");
      if (judged.has(prefix)) return [];
      judged.add(prefix);
      const problem = nameProblem(segment);
      return problem === undefined ? [] : [{ check, path: prefix, line: 1, message: problem }];
    });
  });
}

function nameProblem(segment: string): string | undefined {
  if (!kebabCase.test(segment)) return `"${segment}" is not in kebab-case.`;
  const stem = segment.split(".")[0] ?? segment;
  const word = stem.split("-").find((one) => forbiddenWords.has(one));
  if (word !== undefined) return `"${segment}" says "${word}", which says nothing: name what the file is about.`;
  if (forbiddenAlone.has(stem)) return `"${stem}" alone says nothing: name what of, or what for.`;
  if (/[a-z][2-9]$/.test(stem) && !numberedOnPurpose.has(stem.split("-").at(-1) ?? "")) {
    return `"${segment}" ends in a number: say what differs.`;
  }
  return undefined;
}
