import { findingAt, type Finding, type Source } from "./source.ts";
import { nodePart, textPart, walk, type SyntaxNode } from "./syntax.ts";

const check = "leftovers";

const testFunctions = new Set(["test", "it", "describe", "suite", "bench"]);
const published = /^(packages|templates)\//;

/** Finds what must not reach main: notes to oneself, a test run alone, output for debugging. */
export function checkLeftovers(source: Source): readonly Finding[] {
  const findings = source.comments.flatMap((comment) =>
    commentProblems(comment.value).map((message) => findingAt(check, source, comment.start, message)),
  );
  walk(source.program, (node) => {
    const message = codeProblem(source.path, node);
    if (message !== undefined) findings.push(findingAt(check, source, node.start, message));
    return undefined;
  });
  return findings;
}

function commentProblems(text: string): readonly string[] {
  const lines = text.split("\n");
  const linked = /https?:\/\/|#\d+/;
  const unlinked = lines.filter((line) => /\bTODO\b/.test(line) && !linked.test(line));
  return [
    ...lines
      .filter((line) => /\bFIXME\b/.test(line))
      .map(() => "FIXME never reaches main: fix it, or open an issue and link it."),
    ...unlinked.map(() => "A TODO needs the link of its issue on the same line."),
  ];
}

function codeProblem(path: string, node: SyntaxNode): string | undefined {
  if (node.type === "DebuggerStatement") return "A debugger statement was left behind.";
  if (node.type !== "MemberExpression") return undefined;
  const property = textPart(nodePart(node, "property"), "name");
  const object = textPart(nodePart(node, "object"), "name") ?? "";
  if (property === "only" && testFunctions.has(object)) return `${object}.only leaves all other tests out.`;
  const isLog = object === "console" && property === "log" && published.test(path);
  return isLog ? "console.log was left behind; log through base." : undefined;
}
