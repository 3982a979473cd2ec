/** Ends the process that bundles, which else lives as long as this one; the next build starts it again. */
export async function stopBundler(): Promise<void> {
  const { stop } = await import("esbuild");
  await stop();
}
