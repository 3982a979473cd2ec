import { posix } from "node:path";
import { extraDoors, isDoor } from "./layers.ts";
import { findingAt, type Comment, type Finding, type Source } from "./source.ts";
import { nodePart, nodeParts, textPart, type SyntaxNode } from "./syntax.ts";

const check = "doors";

const introductionLines = { min: 3, max: 10 };

/** Finds doors that hold more than named re-exports, lack their introduction, or let something out without a sentence. */
export function checkDoors(sources: readonly Source[]): readonly Finding[] {
  const sourceByPath = new Map(sources.map((source) => [source.path, source]));
  return sources.flatMap((source) => {
    if (extraDoors.includes(source.path)) return undocumented(source, ownExports(source), sourceByPath);
    if (!isDoor(source.path)) return [];
    return [...formProblems(source), ...undocumented(source, reExports(source), sourceByPath)];
  });
}

function formProblems(source: Source): readonly Finding[] {
  const findings: Finding[] = [];
  const lines = introduction(source);
  if (lines < introductionLines.min || lines > introductionLines.max) {
    const wanted = `${introductionLines.min} to ${introductionLines.max}`;
    const message = `A door starts with a comment of ${wanted} lines: purpose, guarantee, what it leaves to whom; this one has ${lines}.`;
    findings.push(findingAt(check, source, 0, message));
  }
  for (const statement of nodeParts(source.program, "body")) {
    const isNamed = statement.type === "ExportNamedDeclaration" && nodePart(statement, "source") !== undefined;
    if (!isNamed)
      findings.push(findingAt(check, source, statement.start, "A door holds named re-exports and nothing else."));
  }
  return findings;
}

/** Lines of text in the comment with which the file starts. */
function introduction(source: Source): number {
  let count = 0;
  let end = 0;
  for (const comment of source.comments) {
    const between = source.text.slice(end, comment.start);
    if (between.trim() !== "" || (count > 0 && comment.type === "Block")) break;
    count += textLines(comment).length;
    end = comment.end;
    if (comment.type === "Block") break;
  }
  return count;
}

function textLines(comment: Comment): readonly string[] {
  const lines = comment.value.split("\n").map((line) => line.replace(/^\s*\*?\s*/, "").trim());
  return lines.filter((line) => line !== "");
}

/** A name let out of a file: declared under `local` in the file `from`, or in this file if there is no `from`. */
interface Export {
  readonly name: string;
  readonly local: string;
  readonly from: string | undefined;
  readonly offset: number;
}

function reExports(source: Source): readonly Export[] {
  return nodeParts(source.program, "body").flatMap((statement) => {
    if (statement.type !== "ExportNamedDeclaration") return [];
    const from = textPart(nodePart(statement, "source"), "value");
    return nodeParts(statement, "specifiers").map((specifier) => {
      const local = exportedName(nodePart(specifier, "local"));
      return { name: exportedName(nodePart(specifier, "exported")), local, from, offset: specifier.start };
    });
  });
}

function exportedName(node: SyntaxNode | undefined): string {
  return textPart(node, "name") ?? textPart(node, "value") ?? "";
}

function ownExports(source: Source): readonly Export[] {
  const declared = nodeParts(source.program, "body").flatMap((statement) => {
    const declaration = statement.type === "ExportNamedDeclaration" ? nodePart(statement, "declaration") : undefined;
    const names = declaration ? declaredNames(declaration) : [];
    return names.map((name) => ({ name, local: name, from: undefined, offset: statement.start }));
  });
  return [...declared, ...reExports(source)];
}

function undocumented(
  door: Source,
  exports: readonly Export[],
  sourceByPath: ReadonlyMap<string, Source>,
): readonly Finding[] {
  return exports.flatMap((one) => {
    const where = hasSentence(door, one, sourceByPath);
    if (where === true) return [];
    const message = `${one.name} is exported without a sentence that says what it is for (declared in ${where}).`;
    return [findingAt(check, door, one.offset, message)];
  });
}

/** True, or the file in which the sentence is missing. */
function hasSentence(source: Source, wanted: Export, sourceByPath: ReadonlyMap<string, Source>): true | string {
  // Another package's export has its sentence there.
  if (wanted.from !== undefined && !wanted.from.startsWith(".")) return true;
  if (wanted.from !== undefined) {
    const path = posix.join(posix.dirname(source.path), wanted.from);
    const target = sourceByPath.get(path);
    return target ? hasSentence(target, { ...wanted, from: undefined }, sourceByPath) : path;
  }
  const body = nodeParts(source.program, "body");
  const declarations = body.filter((statement) =>
    declaredNames(nodePart(statement, "declaration") ?? statement).includes(wanted.local),
  );
  if (declarations.length > 0) return declarations.some((one) => hasComment(source, one)) || source.path;
  const passedOn = reExports(source).find((one) => one.name === wanted.local);
  // Imported and let out again under a name that the file does not declare: followed no further.
  if (!passedOn || (passedOn.from === undefined && passedOn.local === wanted.local)) return source.path;
  return hasSentence(source, passedOn, sourceByPath);
}

function declaredNames(declaration: SyntaxNode): readonly string[] {
  const own = textPart(nodePart(declaration, "id"), "name");
  const listed = nodeParts(declaration, "declarations").map((one) => textPart(nodePart(one, "id"), "name"));
  return [own, ...listed].filter((name) => name !== undefined);
}

function hasComment(source: Source, statement: SyntaxNode): boolean {
  const comment = source.comments.findLast((one) => one.end <= statement.start);
  if (!comment || comment.type !== "Block" || !comment.value.startsWith("*")) return false;
  if (source.text.slice(comment.end, statement.start).trim() !== "") return false;
  return textLines(comment).join(" ").split(/\s+/).length >= 2;
}
