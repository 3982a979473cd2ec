import type * as Esbuild from "esbuild";

let loading: Promise<typeof Esbuild> | undefined;

/** What bundles; loaded when first needed: a server that runs a kept build never is. */
export function loadBundler(): Promise<typeof Esbuild> {
  loading ??= import("esbuild");
  return loading;
}

/** Ends the process that bundles, which else lives as long as this one; the next build starts it again. */
export async function stopBundler(): Promise<void> {
  const bundler = await loading;
  await bundler?.stop();
}
