import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { patchSource, type Patch } from "./saboteurs/patch-source.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Packages that touch the machine, and that no simulated run gets to: they are left out of the bundle. */
const absent = ["lmdb", "ws", "@hono/node-server", "esbuild", "chokidar", "pino", "prom-client"];

/** Bundles the worker with the production code from source, with a patch applied to one of its files. */
export async function bundleWorker(patch?: Patch): Promise<string> {
  let isPatched = false;
  const result = await build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["bothy-source"],
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
    plugins: [
      {
        name: "absent-packages",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: new RegExp(`^(${absent.join("|")})$`) }, ({ path }) => ({ path, namespace: "absent" }));
          // A proxy answers to any name that is imported; to use one is a fault of the simulation.
          onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({
            contents: `module.exports = new Proxy({}, { get: (_, name) => name === "__esModule" ? false : () => { throw new Error("${path} is not in the simulation") } });`,
            loader: "js",
          }));
        },
      },
      {
        name: "saboteur",
        setup({ onLoad }) {
          if (patch === undefined) return;
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (path !== `${root}${patch.file}`) return undefined;
            isPatched = true;
            return { contents: patchSource(patch), loader: "ts" };
          });
        },
      },
    ],
  });
  if (patch !== undefined && !isPatched) throw new Error(`${patch.file} is not part of what is simulated.`);
  return result.outputFiles[0]?.text ?? "";
}
