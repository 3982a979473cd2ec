import { isBuiltin } from "node:module";
import { findingAt, isTest, placeOf, type Finding, type Source } from "./source.ts";
import { nodePart, nodeParts, textPart, walk, type SyntaxNode } from "./syntax.ts";

const check = "world";

const clock = "Use the clock that is passed in (base).";
const randomness = "Use the randomness that is passed in (base).";
const network = "Use the network that is passed in (base).";
const browser = "Only base and storage know the browser: take it as a parameter.";

/** Names that reach the world by being used, and what to use instead. */
const timers: Banned = { setTimeout: clock, setInterval: clock, setImmediate: clock };
const networkGlobals: Banned = { fetch: network, WebSocket: network };

/** Names that only the client's code meets. */
const browserGlobals: Banned = {
  indexedDB: browser,
  navigator: browser,
  localStorage: browser,
  sessionStorage: browser,
  BroadcastChannel: browser,
};

/** Parts of globals that reach the world: `Date.now`, `crypto.randomUUID`. */
const members: Readonly<Record<string, { readonly part: RegExp; readonly instead: string }>> = {
  Date: { part: /^now$/, instead: clock },
  Math: { part: /^random$/, instead: randomness },
  performance: { part: /^now$/, instead: clock },
  crypto: { part: /^(getRandomValues|random.*)$/, instead: randomness },
};

const globalObjects = new Set(["globalThis", "window", "self"]);

/** Built-ins, or some of their exports, that compute and touch nothing. */
const pureBuiltIns: Readonly<Record<string, readonly string[] | "all">> = {
  "node:path": "all",
  "node:url": "all",
  "node:util": "all",
  "node:buffer": "all",
  "node:async_hooks": "all",
  "node:crypto": ["createHash", "createHmac", "createPrivateKey", "timingSafeEqual", "hash", "X509Certificate"],
};

/** Finds code outside `base` that takes time, randomness, disk, network or timers from anywhere but its parameters. */
export function checkWorld(source: Source): readonly Finding[] {
  const place = placeOf(source.path);
  if (!place || place.folder === "base" || isTest(source.path)) return [];
  const banned = bannedIn(place);
  const bound = boundNames(source.program);
  const isFree = (name: string): boolean => !bound.has(name);
  const findings: Finding[] = [];
  walk(source.program, (node, parent, part) => {
    if (isType(node)) return "skip";
    const reached = isReference(node, parent, part) ? textPart(node, "name") : undefined;
    const message =
      importProblem(node) ??
      (reached !== undefined && isFree(reached) ? nameProblem(reached, banned) : undefined) ??
      memberProblem(node, parent, part, banned, isFree) ??
      dateProblem(node, isFree);
    if (message !== undefined) findings.push(findingAt(check, source, node.start, message));
    return undefined;
  });
  return findings;
}

type Banned = Readonly<Record<string, string>>;

function bannedIn(place: { readonly package: string; readonly folder: string | undefined }): Banned {
  if (place.package !== "bothy") return { ...timers, ...networkGlobals };
  if (place.folder === "storage") return timers;
  return { ...timers, ...networkGlobals, ...browserGlobals };
}

function nameProblem(name: string, banned: Banned): string | undefined {
  return Object.hasOwn(banned, name) ? `${name} is used outside base. ${banned[name]}` : undefined;
}

/** `Date.now`, `globalThis.fetch`, `globalThis.crypto.randomUUID`. */
function memberProblem(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  part: string,
  banned: Banned,
  isFree: (name: string) => boolean,
): string | undefined {
  const property = memberName(node);
  const object = nodePart(node, "object");
  if (property === undefined || !object) return undefined;
  if (isGlobalObject(object)) return isAssigned(parent, part) ? undefined : nameProblem(property, banned);
  const name = memberOfGlobal(object) ?? textPart(object, "name");
  if (name === undefined || !isFree(name) || !Object.hasOwn(members, name)) return undefined;
  const member = members[name];
  if (!member?.part.test(property)) return undefined;
  return `${name}.${property} is used outside base. ${member.instead}`;
}

function memberName(node: SyntaxNode): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  const property = nodePart(node, "property");
  return node["computed"] === true ? textPart(property, "value") : textPart(property, "name");
}

function memberOfGlobal(node: SyntaxNode): string | undefined {
  const object = nodePart(node, "object");
  return object && isGlobalObject(object) ? memberName(node) : undefined;
}

function isGlobalObject(node: SyntaxNode): boolean {
  return node.type === "Identifier" && globalObjects.has(textPart(node, "name") ?? "");
}

/** The current time by way of `new Date()` or `Date()`; a date made from a number is a computation. */
function dateProblem(node: SyntaxNode, isFree: (name: string) => boolean): string | undefined {
  if (node.type !== "NewExpression" && node.type !== "CallExpression") return undefined;
  const isDate = textPart(nodePart(node, "callee"), "name") === "Date" && isFree("Date");
  if (!isDate || (node.type === "NewExpression" && nodeParts(node, "arguments").length > 0)) return undefined;
  return `The current date is taken outside base. ${clock}`;
}

function importProblem(node: SyntaxNode): string | undefined {
  if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration)$/.test(node.type)) return undefined;
  const specifier = textPart(nodePart(node, "source"), "value") ?? "";
  if (!isBuiltin(specifier) || node["importKind"] === "type" || node["exportKind"] === "type") return undefined;
  const pure = pureBuiltIns[specifier];
  const values = nodeParts(node, "specifiers").filter((one) => one["importKind"] !== "type");
  const isNamed = node.type === "ImportDeclaration" && nodeParts(node, "specifiers").length > 0;
  const isPure = (one: SyntaxNode): boolean => (pure ?? []).includes(textPart(nodePart(one, "imported"), "name") ?? "");
  if (pure === "all" || (isNamed && values.every(isPure))) return undefined;
  return `${specifier} is imported outside base. Use what base passes in, or let base offer it.`;
}

/** Whether an identifier is the use of a variable, and not the name of a member, a key or an import. */
function isReference(node: SyntaxNode, parent: SyntaxNode | undefined, part: string): boolean {
  if (node.type !== "Identifier" || isAssigned(parent, part)) return false;
  const isComputed = parent?.["computed"] === true;
  if (part === "property" && parent?.type === "MemberExpression") return isComputed;
  if (part === "key") return isComputed;
  return !/^(Import|Export).*Specifier$|^LabeledStatement$|^MetaProperty$/.test(parent?.type ?? "");
}

/** Putting something in the place of a global is how the world is closed off, not how it is reached. */
function isAssigned(parent: SyntaxNode | undefined, part: string): boolean {
  return parent?.type === "AssignmentExpression" && part === "left";
}

const typesWithCode = /^TS(As|Satisfies|NonNull|Instantiation)Expression$|^TSTypeAssertion$|^TSParameterProperty$/;

function isType(node: SyntaxNode): boolean {
  return node.type.startsWith("TS") && !typesWithCode.test(node.type);
}

/** Every name that the file declares anywhere: such a name is taken for what the file declares, wherever it is used. */
function boundNames(program: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>();
  walk(program, (node) => {
    for (const part of ["id", "local", "param"]) addPattern(nodePart(node, part), names);
    for (const parameter of nodeParts(node, "params")) addPattern(parameter, names);
    return undefined;
  });
  return names;
}

function addPattern(pattern: SyntaxNode | undefined, names: Set<string>): void {
  if (!pattern) return;
  const name = pattern.type === "Identifier" ? textPart(pattern, "name") : undefined;
  if (name !== undefined) names.add(name);
  for (const part of ["left", "argument", "value", "parameter"]) addPattern(nodePart(pattern, part), names);
  for (const part of ["properties", "elements"]) {
    for (const child of nodeParts(pattern, part)) addPattern(child, names);
  }
}
