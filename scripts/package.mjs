// `npm run package`: installs and builds what is missing, packs both packages into dist/, and says how an app takes them.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { requireNode } from "./node-version.mjs";

requireNode();

const { problem, root, run, runOrFail, showProblem } = await import("./run.mjs");
const { installPackages } = await import("./install.mjs");

try {
  await installPackages();
  await runOrFail("tsc", ["-b"], "The build failed; the messages above name the files.");
  const files = await pack(join(root, "dist"));
  process.stdout.write(`Packed. In the folder of an app:\n\n  npm install ${files.join(" ")}\n\n`);
} catch (error) {
  process.exitCode = showProblem(error);
}

/** Packs the two packages as npm would publish them; resolves with the files. */
async function pack(folder) {
  mkdirSync(folder, { recursive: true });
  const words = ["pack", "--json", "--loglevel", "error", "--pack-destination", folder];
  const { code, output } = await run("npm", [...words, "--workspace", "bothy", "--workspace", "bothy-server"], {
    capture: true,
  });
  if (code !== 0) throw problem(`The packages could not be packed:\n${output}`, code);
  return JSON.parse(output.slice(output.indexOf("["), output.lastIndexOf("]") + 1)).map(({ filename }) =>
    join(folder, filename),
  );
}
