import { posix } from "node:path";
import { bothyDoorsFor, extraDoors, foreignImports, isDoor, layers, reachableFrom } from "./layers.ts";
import { findingAt, isTest, placeOf, type Finding, type Source } from "./source.ts";
import { nodePart, textPart, walk } from "./syntax.ts";

const check = "imports";
/** The folder that tests of all others may import. */
const testsOnly = "testing";

/** An import of any form: static, type-only, re-export, dynamic, or in a type. */
export interface Import {
  readonly specifier: string;
  readonly offset: number;
}

/** Everything that a file imports. */
export function importsOf(source: Source): readonly Import[] {
  const imports: Import[] = [];
  walk(source.program, (node) => {
    const isImport = /^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type);
    const literal = isImport ? nodePart(node, "source") : undefined;
    const specifier = textPart(literal, "value");
    if (literal && specifier !== undefined) imports.push({ specifier, offset: literal.start });
    return undefined;
  });
  return imports;
}

/** Finds imports that the table of layers forbids, and imports past a door. */
export function checkImports(source: Source): readonly Finding[] {
  return importsOf(source).flatMap(({ specifier, offset }) => {
    const message = specifier.startsWith(".")
      ? relativeProblem(source.path, posix.join(posix.dirname(source.path), specifier))
      : packageProblem(source.path, specifier);
    return message === undefined ? [] : [findingAt(check, source, offset, message)];
  });
}

function relativeProblem(from: string, to: string): string | undefined {
  const importer = placeOf(from);
  const imported = placeOf(to);
  if (!importer)
    return imported && !isSimulation(from)
      ? `${from} may not import ${to}. Outside the packages, import a package by its name.`
      : undefined;
  if (!imported) return `A package may not import ${to}, which lies outside its src folder.`;
  if (imported.package !== importer.package) return `Import ${imported.package} by its name, not by a path.`;
  if (importer.folder === imported.folder) return undefined;
  if (imported.folder === undefined) return `${folderOf(importer)} may not import a door of its own package.`;
  return layerProblem(from, importer, imported.folder) ?? doorProblem(from, to, imported.folder);
}

/** The simulator runs the production code from source, down to the parts that no package exports. */
function isSimulation(path: string): boolean {
  return path.startsWith("tests/simulation/");
}

function layerProblem(from: string, importer: Place, wanted: string): string | undefined {
  // The package's own doors stand above all folders.
  if (importer.folder === undefined) return undefined;
  const table = layers[importer.package] ?? {};
  const listed = table[importer.folder];
  if (!listed) return `The folder ${importer.folder} is not in the table of layers (tools/tidy/layers.ts).`;
  const allowed = isTest(from) ? [...reachableFrom(table, importer.folder), testsOnly] : listed;
  return allowed.includes(wanted) ? undefined : forbidden(importer.folder, wanted, allowed);
}

function doorProblem(from: string, to: string, folder: string): string | undefined {
  if (isTest(from) || isDoor(to)) return undefined;
  if (placeOf(from)?.folder === undefined && extraDoors.includes(to)) return undefined;
  return `Import ${folder} through its door ${folder}/index.ts, not ${to}.`;
}

type Place = NonNullable<ReturnType<typeof placeOf>>;

function packageProblem(from: string, specifier: string): string | undefined {
  const importer = placeOf(from);
  if (!importer) return templateProblem(from, specifier);
  const isBothy = specifier === "bothy" || specifier.startsWith("bothy/");
  if (specifier === "bothy-server" || specifier.startsWith("bothy-server/")) {
    return forbidden(folderOf(importer), specifier, ["the folders of its own package, by path"]);
  }
  if (importer.package === "bothy-server") {
    const allowed = bothyDoorsFor(importer.folder);
    return isBothy && !allowed.includes(specifier) ? forbidden(folderOf(importer), specifier, allowed) : undefined;
  }
  if (importer.package !== "bothy" || isTest(from)) return undefined;
  const allowed = foreignImports[importer.folder ?? ""] ?? [];
  if (allowed.includes(specifier)) return undefined;
  return forbidden(folderOf(importer), specifier, [...allowed, "nothing else from outside its package"]);
}

function templateProblem(from: string, specifier: string): string | undefined {
  const isUnsupported = specifier === "bothy/internal" || specifier.startsWith("bothy-server");
  if (!from.startsWith("templates/") || !isUnsupported || isTest(from)) return undefined;
  return forbidden("An app", specifier, ["bothy", "bothy/client", "bothy/react", "bothy/storage/*"]);
}

function forbidden(importer: string, imported: string, allowed: readonly string[]): string {
  return `${importer} may not import ${imported}. It may import: ${allowed.length === 0 ? "nothing" : allowed.join(", ")}.`;
}

function folderOf(place: Place): string {
  return place.folder ?? place.package;
}

/** Finds folders of packages that nobody has put in the table of layers. */
export function checkFolders(sources: readonly Source[]): readonly Finding[] {
  const seen = new Set<string>();
  return sources.flatMap((source) => {
    const place = placeOf(source.path);
    if (place?.folder === undefined || seen.has(`${place.package}/${place.folder}`)) return [];
    seen.add(`${place.package}/${place.folder}`);
    if (layers[place.package]?.[place.folder]) return [];
    const message = `The folder packages/${place.package}/src/${place.folder} is not in the table of layers (tools/tidy/layers.ts).`;
    return [findingAt("folders", source, 0, message)];
  });
}
