import { visitorKeys } from "oxc-parser";

/** A node of a parsed file, seen without its type: the checks look at few kinds of node and at few of their parts. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [part: string]: unknown;
}

/** Whether a part of a node is itself a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
  );
}

/** The part of a node under that name, if it is a node. */
export function nodePart(node: SyntaxNode, part: string): SyntaxNode | undefined {
  const value = node[part];
  return isNode(value) ? value : undefined;
}

/** The nodes in a list-valued part of a node. */
export function nodeParts(node: SyntaxNode, part: string): readonly SyntaxNode[] {
  const value = node[part];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The text in a part of a node: the name of an identifier, the value of a literal. */
export function textPart(node: SyntaxNode | undefined, part: string): string | undefined {
  const value = node?.[part];
  return typeof value === "string" ? value : undefined;
}

/** Visits a node and everything below it, parents first. What `visit` answers with "skip" is not entered. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined, part: string) => "skip" | undefined,
): void {
  enter(node, undefined, "");

  function enter(current: SyntaxNode, parent: SyntaxNode | undefined, part: string): void {
    if (visit(current, parent, part) === "skip") return;
    for (const key of visitorKeys[current.type] ?? []) {
      const value = current[key];
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) enter(child, current, key);
      }
    }
  }
}
