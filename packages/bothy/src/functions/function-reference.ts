import { BothyError } from "../errors/index.ts";
import type { Expand } from "../values/index.ts";
import type { FunctionKind, RegisteredFunction, Visibility } from "./registered-function.ts";

/** The typed name by which a function is called. */
export interface FunctionReference<
  Kind extends FunctionKind = FunctionKind,
  Seen extends Visibility = Visibility,
  Args = unknown,
  Returns = unknown,
> {
  /** These exist for the compiler only. */
  readonly "~kind": Kind;
  readonly "~visibility": Seen;
  readonly "~args": Args;
  readonly "~returns": Returns;
}

/** The arguments of a function, from its reference or from the function itself. */
export type ArgsOf<F extends { readonly "~args": unknown }> = F["~args"];

/** The result of a function, from its reference or from the function itself. */
export type ReturnOf<F extends { readonly "~returns": unknown }> = F["~returns"];

/** The references of an app's modules, by folder, file and export: `api.shared.reports.edit`. */
export type ApiFromModules<Modules extends Readonly<Record<string, object>>> = Expand<
  Together<{ [Path in keyof Modules & string]: Nested<Path, ReferencesOf<Modules[Path]>> }[keyof Modules & string]>
>;

type Nested<Path extends string, Leaf> = Path extends `${infer Folder}/${infer Rest}`
  ? { readonly [Name in Folder]: Nested<Rest, Leaf> }
  : { readonly [Name in Path]: Leaf };

type ReferencesOf<Module> = {
  readonly [
    Export in keyof Module as Module[Export] extends RegisteredFunction ? Export : never
  ]: Module[Export] extends RegisteredFunction<infer Kind, infer Seen, infer Args, infer Returns>
    ? FunctionReference<Kind, Seen, Args, Returns>
    : never;
};

// A union in a parameter's place is inferred as an intersection.
type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The part of an api that has the wanted visibility. */
export type FilterApi<Api, Seen extends Visibility> = Expand<{
  readonly [
    Name in keyof Api as Api[Name] extends FunctionReference
      ? Api[Name] extends FunctionReference<FunctionKind, Seen>
        ? Name
        : never
      : Name
  ]: Api[Name] extends FunctionReference ? Api[Name] : FilterApi<Api[Name], Seen>;
}>;

const nameOf = Symbol.for("bothy.function-name");

/** An api of any names: whatever is asked of it is a reference. `_generated/api` gives it its types. */
export type AnyApi = FunctionReference & { readonly [name: string]: AnyApi };

/** The api of every app, to which `_generated/api` gives its types: each property is a step of a function's name. */
export const anyApi: AnyApi = apiAt([]);

function apiAt(path: readonly string[]): AnyApi {
  const steps = {};
  const proxy = new Proxy(steps, {
    get: (_, step) =>
      typeof step === "string" ? apiAt([...path, step]) : step === nameOf ? functionNameAt(path) : undefined,
  });
  return proxy as AnyApi;
}

function functionNameAt(path: readonly string[]): string {
  if (path.length < 2) throw notAFunction(["api", ...path].join("."));
  return `${path.slice(0, -1).join("/")}:${path.at(-1) ?? ""}`;
}

/** The name of a function, such as "shared/reports:edit", from its reference or from the name itself. */
export function getFunctionName(reference: FunctionReference | string): string {
  if (typeof reference === "string") return reference;
  const name: unknown = Reflect.get(reference, nameOf);
  if (typeof name !== "string") throw notAFunction("What was called");
  return name;
}

function notAFunction(what: string): BothyError {
  return new BothyError("function_missing", {
    message: `${what} is no reference to a function.`,
    fix: "Use one of _generated/api: api.folder.file.export.",
  });
}
