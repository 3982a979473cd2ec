import { relative, sep } from "node:path";
import type { Plugin } from "esbuild";
import { nodeModuleNames } from "../../base/index.ts";

/** Node's modules that only compute: what they do is the same on every run. */
const pureModules = new Set([
  "assert",
  "buffer",
  "events",
  "path",
  "path/posix",
  "punycode",
  "querystring",
  "string_decoder",
  "url",
  "util",
]);
const mark = "bothy-resolving";

/** Where a bundle is meant to run: on the server, or in the app (shared modules and the schema). */
export type BundleTarget = "server" | "app";

/**
 * Refuses imports that would not work where the code is to run: on a device, server-only modules of the app and
 * everything of Node; in a function process, those modules of Node that touch the world.
 */
export function refuseImports(functionsFolder: string, target: BundleTarget): Plugin {
  return {
    name: "bothy-imports",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (request) => {
        if (request.kind === "entry-point" || request.pluginData === mark) return undefined;
        const builtin = request.path.replace(/^node:/u, "");
        if (request.path.startsWith("node:") || nodeModuleNames.has(builtin)) {
          const isAllowed = target === "server" && pureModules.has(builtin) && !isSharedFile(inside(request.importer));
          return isAllowed
            ? { path: request.path, external: true }
            : refuse(builtinText(request.path, inside(request.importer)));
        }
        const importer = inside(request.importer);
        if (!isSharedFile(importer)) return undefined;
        const { path, errors } = await build.resolve(request.path, {
          kind: request.kind,
          importer: request.importer,
          resolveDir: request.resolveDir,
          namespace: request.namespace,
          pluginData: mark,
        });
        if (errors.length > 0) return { errors };
        const imported = inside(path);
        return isServerOnly(imported) ? refuse(serverOnlyText(importer, imported)) : undefined;
      });
    },
  };

  /** A path inside `bothy/` with "/" between, or nothing if the file lies elsewhere. */
  function inside(path: string): string | undefined {
    const inner = relative(functionsFolder, path);
    return inner === "" || inner.startsWith("..") || inner.startsWith(sep) ? undefined : inner.split(sep).join("/");
  }
}

function isSharedFile(file: string | undefined): boolean {
  return file?.startsWith("shared/") ?? false;
}

function isServerOnly(file: string | undefined): file is string {
  if (file === undefined || isSharedFile(file)) return false;
  return !file.startsWith("_generated/") && !/^schema\.[a-z]+$/u.test(file) && !file.startsWith("node_modules/");
}

interface Refusal {
  readonly errors: { text: string; notes: { text: string }[] }[];
}

function refuse({ message, fix }: { readonly message: string; readonly fix: string }): Refusal {
  return { errors: [{ text: message, notes: [{ text: fix }] }] };
}

function serverOnlyText(importer: string | undefined, imported: string): { message: string; fix: string } {
  return {
    message: `bothy/${importer} is shared with devices and imports bothy/${imported}, which is for the server only.`,
    fix: `Move what both need into bothy/shared/, or move the function out of it.`,
  };
}

function builtinText(name: string, importer: string | undefined): { message: string; fix: string } {
  const who = importer === undefined ? "A package" : `bothy/${importer}`;
  return {
    message: `${who} imports ${name}, a module of Node.`,
    fix: "Functions run again at any time, shared ones on devices too: let them depend on their arguments and the database only.",
  };
}
