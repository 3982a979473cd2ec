import { findingAt, type Finding, type Source } from "./source.ts";
import { nodePart, nodeParts, textPart, walk, type SyntaxNode } from "./syntax.ts";

const check = "rules";

/** A rule of docs/spec: where it stands. */
export interface Rule {
  readonly id: string;
  readonly path: string;
  readonly line: number;
}

/** The rules of a document: each line that starts with an id in bold, such as `**TX4**`. */
export function rulesOf(path: string, text: string): readonly Rule[] {
  return text.split("\n").flatMap((line, index) => {
    const id = /^\*\*([A-Z]{1,4}\d{1,3})\*\*/.exec(line)?.[1];
    return id === undefined ? [] : [{ id, path, line: index + 1 }];
  });
}

/** Finds rules without a test, rule ids in test titles without a rule, and ids given twice. */
export function checkRules(rules: readonly Rule[], sources: readonly Source[]): readonly Finding[] {
  const ruleById = new Map<string, Rule>();
  const twice: Finding[] = [];
  for (const rule of rules) {
    const first = ruleById.get(rule.id);
    if (first) twice.push(ruleFinding(rule, `The id ${rule.id} is already given in ${first.path}:${first.line}.`));
    else ruleById.set(rule.id, rule);
  }
  const named = sources.filter((source) => /\.tsx?$/.test(source.path)).flatMap(namedRules);
  const tested = new Set(named.map(({ id }) => id));
  const unknown = named.filter(({ id }) => !ruleById.has(id));
  const untested = [...ruleById.values()].filter(({ id }) => !tested.has(id));
  return [
    ...twice,
    ...unknown.map(({ id, source, offset }) =>
      findingAt(check, source, offset, `No rule of docs/spec has the id ${id}.`),
    ),
    ...untested.map((rule) => ruleFinding(rule, `No test names the rule ${rule.id}.`)),
  ];
}

function ruleFinding(rule: Rule, message: string): Finding {
  return { check, path: rule.path, line: rule.line, message };
}

interface NamedRule {
  readonly id: string;
  readonly source: Source;
  readonly offset: number;
}

function namedRules(source: Source): readonly NamedRule[] {
  const named: NamedRule[] = [];
  walk(source.program, (node) => {
    const title = node.type === "CallExpression" && isTestFunction(nodePart(node, "callee")) ? titleOf(node) : "";
    for (const [, ids] of title.matchAll(/\[([A-Z]{1,4}\d{1,3}(?:,\s*[A-Z]{1,4}\d{1,3})*)\]/g)) {
      for (const id of (ids ?? "").split(/,\s*/)) named.push({ id, source, offset: node.start });
    }
    return undefined;
  });
  return named;
}

/** `test(…)`, `test.skipIf(…)(…)`, `describe.each(…)(…)`, `test.prop([…])(…)`. */
function isTestFunction(callee: SyntaxNode | undefined): boolean {
  if (!callee) return false;
  if (callee.type === "Identifier") return /^(test|it|describe)$/.test(textPart(callee, "name") ?? "");
  return isTestFunction(nodePart(callee, "object") ?? nodePart(callee, "callee") ?? nodePart(callee, "tag"));
}

function titleOf(call: SyntaxNode): string {
  const first = nodeParts(call, "arguments")[0];
  if (!first) return "";
  return textPart(first, "value") ?? nodeParts(first, "quasis").map(quasiText).join(" ");
}

function quasiText(quasi: SyntaxNode): string {
  const value = quasi["value"];
  return typeof value === "object" && value !== null && "raw" in value ? String(value.raw) : "";
}
