// The layers, as data. A folder of a package imports only the folders listed for it here, and only through their doors.
// When the check stops you, the usual answer is that something is in the wrong folder, not that the table is wrong.

/** For each folder of a package, the folders of the same package that it may import. */
export type Layers = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const belowServer = [
  "base",
  "log",
  "store",
  "engine",
  "runtime",
  "live",
  "files",
  "auth",
  "skew",
  "search",
  "push",
  "jobs",
  "sync",
  "config",
  "platform",
  "system",
  "http",
  "convex",
  "metrics",
  "lan",
];

/** Who may import whom. */
export const layers: Layers = {
  bothy: {
    errors: [],
    base: [],
    values: ["errors"],
    schema: ["values", "errors"],
    protocol: ["values", "errors"],
    storage: ["base", "values", "errors"],
    ranges: ["schema", "values", "errors"],
    functions: ["schema", "values", "errors"],
    transaction: ["ranges", "functions", "schema", "values", "errors"],
    client: ["base", "protocol", "storage", "ranges", "transaction", "functions", "schema", "values", "errors"],
    react: ["client", "functions", "values", "errors"],
  },
  "bothy-server": {
    base: [],
    log: ["base"],
    store: ["base"],
    backup: ["log", "base"],
    archive: ["base"],
    engine: ["log", "store", "base"],
    runtime: ["engine", "base"],
    live: ["engine", "base"],
    files: ["engine", "base"],
    auth: ["engine", "base"],
    // What devices of other schemas are told, and which there are.
    skew: ["auth", "engine", "base"],
    search: ["engine", "base"],
    push: ["engine", "base"],
    jobs: ["runtime", "engine", "base"],
    sync: ["live", "runtime", "skew", "engine", "auth", "base"],
    config: ["base"],
    platform: ["config", "base"],
    system: ["platform", "jobs", "files", "skew", "auth", "runtime", "engine", "base"],
    http: ["system", "sync", "jobs", "files", "auth", "search", "runtime", "engine", "base"],
    convex: ["system", "sync", "jobs", "files", "auth", "search", "runtime", "engine", "base"],
    // Names what the layers below have counted; the only one that knows prom-client.
    metrics: ["http", "sync", "live", "runtime", "engine", "log", "base"],
    // The side to a local network: certificates, addresses, the page on which a device learns to trust. Answers are http's.
    lan: ["base"],
    // For tests alone; nothing in production imports it.
    testing: [],
    server: belowServer,
    cli: ["server", "backup", "archive", "runtime", "platform", "config", "base"],
    dashboard: ["system"],
  },
};

const serverDoors = ["bothy", "bothy/internal"];

/** The doors of `bothy` that a folder of `bothy-server` may import. */
export function bothyDoorsFor(folder: string | undefined): readonly string[] {
  if (folder === "cli") return [...serverDoors, "bothy/client", "bothy/storage/memory"];
  if (folder === "dashboard") return ["bothy", "bothy/client", "bothy/react"];
  return serverDoors;
}

/** The only folder that may import a runtime dependency other than Bothy's own, in the package that runs anywhere. */
export const foreignImports: Readonly<Record<string, readonly string[]>> = { react: ["react", "react/jsx-runtime"] };

/** Files of `bothy` that package.json names as doors, beside each folder's index.ts. */
export const extraDoors: readonly string[] = [
  "packages/bothy/src/storage/indexeddb.ts",
  "packages/bothy/src/storage/memory.ts",
];

/** Whether a file is a door: of a folder, or of a package. */
export function isDoor(path: string): boolean {
  return /^packages\/[^/]+\/src\/(?:[^/]+\/index|[^/]+)\.tsx?$/.test(path) && !path.includes(".test.");
}

/** All folders that a folder reaches through the table, itself included: what its tests may import. */
export function reachableFrom(table: Readonly<Record<string, readonly string[]>>, folder: string): ReadonlySet<string> {
  const reached = new Set([folder]);
  // A set visits what is added to it on the way.
  for (const current of reached) for (const next of table[current] ?? []) reached.add(next);
  return reached;
}
