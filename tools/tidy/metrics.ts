import { isTest, lineAt, type Source } from "./source.ts";
import { nodePart, nodeParts, textPart, walk, type SyntaxNode } from "./syntax.ts";

const bounds = { functionLines: 70, fileLines: 500, parameters: 4 };
const shownPlaces = 5;

/** A function and how large it is. */
interface MeasuredFunction {
  readonly name: string;
  readonly place: string;
  readonly lines: number;
  readonly parameters: number;
}

interface Measures {
  readonly files: readonly { readonly path: string; readonly lines: number }[];
  readonly functions: readonly MeasuredFunction[];
  readonly casts: number;
  readonly nonNulls: number;
  readonly suppressions: number;
}

/** The measures of the published code (tests apart), as lines of a table and the worst places. They inform; they do not judge. */
export function metricsTable(sources: readonly Source[]): string {
  const published = sources.filter(({ path }) => path.startsWith("packages/") && !isTest(path));
  const { files, functions, casts, nonNulls, suppressions } = measure(published);
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const longest = functions.toSorted((a, b) => b.lines - a.lines);
  const long = functions.filter((one) => one.lines > bounds.functionLines);
  const wide = functions.filter((one) => one.parameters > bounds.parameters);
  const large = files.filter((file) => file.lines > bounds.fileLines);
  const rows: readonly (readonly [string, string, string])[] = [
    ["lines in files", `${lines} in ${files.length}`, ""],
    [`functions > ${bounds.functionLines} lines`, share(long.length, functions.length), "2%"],
    ["longest function", String(longest[0]?.lines ?? 0), "120"],
    [`files > ${bounds.fileLines} lines`, share(large.length, files.length), "5%"],
    [`functions > ${bounds.parameters} parameters`, share(wide.length, functions.length), "0.5%"],
    ["casts per 1,000 lines", perThousand(casts, lines), "5"],
    ["! per 1,000 lines", perThousand(nonNulls, lines), "0.2"],
    ["lint suppressions per 1,000 lines", perThousand(suppressions, lines), "0.3"],
  ];
  const table = rows.map(
    ([name, value, bound]) => `  ${name.padEnd(36)}${value.padEnd(16)}${bound && `bound ${bound}`}`,
  );
  const worst = [
    ...longest.slice(0, shownPlaces).map((one) => `  ${one.lines} lines       ${one.name}  ${one.place}`),
    ...wide.slice(0, shownPlaces).map((one) => `  ${one.parameters} parameters  ${one.name}  ${one.place}`),
    ...large.map((file) => `  ${file.lines} lines       ${file.path}`),
  ];
  return [...table, "", "  worst places", ...worst].map((line) => line.trimEnd()).join("\n");
}

/** Measures files: exported for its test. */
export function measure(sources: readonly Source[]): Measures {
  const files = sources.map((source) => ({ path: source.path, lines: source.text.split("\n").length - 1 }));
  const functions: MeasuredFunction[] = [];
  let casts = 0;
  let nonNulls = 0;
  for (const source of sources) {
    walk(source.program, (node, parent) => {
      if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
        functions.push(measureFunction(source, node, parent));
      }
      if (node.type === "TSNonNullExpression") nonNulls += 1;
      if (node.type === "TSTypeAssertion" || (node.type === "TSAsExpression" && !isConst(node))) casts += 1;
      return undefined;
    });
  }
  const comments = sources.flatMap((source) => source.comments);
  const suppressions = comments.filter((comment) =>
    /(oxlint|eslint)-disable|@ts-(ignore|expect-error|nocheck)/.test(comment.value),
  ).length;
  return { files, functions, casts, nonNulls, suppressions };
}

function measureFunction(source: Source, node: SyntaxNode, parent: SyntaxNode | undefined): MeasuredFunction {
  const named = nodePart(node, "id") ?? (parent && (nodePart(parent, "id") ?? nodePart(parent, "key")));
  const parameters = nodeParts(node, "params").filter((parameter) => textPart(parameter, "name") !== "this");
  const line = lineAt(source, node.start);
  return {
    name: textPart(named, "name") ?? "(anonymous)",
    place: `${source.path}:${line}`,
    lines: lineAt(source, node.end) - line + 1,
    parameters: parameters.length,
  };
}

function isConst(node: SyntaxNode): boolean {
  const annotation = nodePart(node, "typeAnnotation");
  return textPart(annotation && nodePart(annotation, "typeName"), "name") === "const";
}

function share(part: number, whole: number): string {
  return whole === 0 ? "0" : `${((100 * part) / whole).toFixed(1)}% (${part})`;
}

function perThousand(count: number, lines: number): string {
  return lines === 0 ? "0" : `${((1000 * count) / lines).toFixed(1)} (${count})`;
}
