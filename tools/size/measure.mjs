/**
 * What the client costs an app: minified and compressed, as a bundler makes it. A page loads the first part at its start; the
 * part that talks to the deployment is a module of its own (docs/decisions/0028-two-parts.md). Ends with 1 if a limit is exceeded, or
 * if anything of Node is reachable.
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const limits = [
  {
    name: "bothy/client and bothy/react: what a page loads at its start",
    entry: "entry.mjs",
    part: "start",
    limitBytes: 40_000,
  },
  { name: "the same with the IndexedDB storage", entry: "with-storage.mjs", part: "start", limitBytes: 41_000 },
  { name: "all of it, with the part that leads", entry: "with-storage.mjs", part: "all", limitBytes: 53_500 },
];

/** Bytes of every file that an entry becomes, and which of them are loaded with it. */
async function measure(entry) {
  const result = await build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    external: ["react", "react/jsx-runtime"],
    outdir: "/bundle",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const outputs = Object.entries(result.metafile.outputs);
  const sizeOf = (name) => {
    const file = result.outputFiles.find(({ path }) => path.endsWith(name.split("/").at(-1)));
    return gzipSync(file.contents, { level: 9 }).length;
  };
  const start = new Set();
  const follow = (name) => {
    if (start.has(name)) return;
    start.add(name);
    for (const { path, kind } of result.metafile.outputs[name].imports)
      if (kind === "import-statement" && path in result.metafile.outputs) follow(path);
  };
  follow(outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(entry))[0]);
  const sum = (names) => names.reduce((bytes, name) => bytes + sizeOf(name), 0);
  return { start: sum([...start]), all: sum(outputs.map(([name]) => name)) };
}

const isJson = process.argv.includes("--json");
const rows = [];
for (const { name, entry, part, limitBytes } of limits) {
  const sizeBytes = (await measure(entry))[part];
  rows.push({ name, sizeBytes, limitBytes });
  if (!isJson) console.log(`${(sizeBytes / 1000).toFixed(2)} kB of ${limitBytes / 1000} kB  ${name}`);
}
if (isJson) console.log(JSON.stringify(rows));
process.exitCode = rows.some(({ sizeBytes, limitBytes }) => sizeBytes > limitBytes) ? 1 : 0;
