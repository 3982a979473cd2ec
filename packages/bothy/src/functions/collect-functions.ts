import { BothyError } from "../errors/index.ts";
import { bytesOfText, hexOfBytes, sha256, stringifyJson } from "../values/index.ts";
import { isRegisteredFunction, type RegisteredFunction } from "./registered-function.ts";

const pathForm = /^[A-Za-z0-9_]+(\/[A-Za-z0-9_]+)*$/;
const exportForm = /^[A-Za-z_][A-Za-z0-9_]*$/;
const versionLength = 12;

/** Finds the functions that modules export and names them: "shared/reports" and `edit` become "shared/reports:edit". */
export function collectFunctions(modules: Readonly<Record<string, object>>): Map<string, RegisteredFunction> {
  const functions = new Map<string, RegisteredFunction>();
  for (const { path, name, registered } of listFunctions(modules)) functions.set(`${path}:${name}`, registered);
  return functions;
}

/** Refuses modules whose functions cannot be told by their names: a build asks, so what was built need not ask again. */
export function checkFunctionNames(modules: Readonly<Record<string, object>>): void {
  const known = new Set<string>();
  for (const { path, name } of listFunctions(modules)) {
    if (!pathForm.test(path) || !exportForm.test(name))
      throw unnameable(path, name, "has characters that no name can have", "Use letters, digits and _.");
    if (known.size === known.add(`${path}:${name}`).size)
      throw unnameable(path, name, "is there twice", "Two files differ only in their ending; rename one.");
  }
}

interface FoundFunction {
  readonly path: string;
  readonly name: string;
  readonly registered: RegisteredFunction;
}

function* listFunctions(modules: Readonly<Record<string, object>>): Generator<FoundFunction> {
  for (const [file, module] of Object.entries(modules)) {
    const path = file.replace(/^\.\//, "").replace(/\.[cm]?[jt]sx?$/, "");
    const exported: [string, unknown][] = Object.entries(module);
    for (const [name, registered] of exported) if (isRegisteredFunction(registered)) yield { path, name, registered };
  }
}

/** Names what a function takes: a caller built for other arguments has another version. */
export function functionVersion(name: string, registered: Pick<RegisteredFunction, "args">): string {
  const text = stringifyJson([name, registered.args?.json ?? null]);
  return hexOfBytes(sha256(bytesOfText(text))).slice(0, versionLength);
}

function unnameable(path: string, name: string, what: string, fix: string): BothyError {
  return new BothyError("build_failed", { message: `The function ${name} of ${path} ${what}.`, fix });
}
