/** Editors write a file in several steps; changes closer together than this are one. */
const settleMs = 25;

/** Calls back after files below a folder changed; `ignored` tells paths that do not count. */
export async function watchFolder(
  folder: string,
  ignored: (path: string) => boolean,
  onChange: () => void,
): Promise<{ close(): Promise<void> }> {
  // Loaded when first needed: only `bothy dev` watches.
  const { watch } = await import("chokidar");
  const watcher = watch(folder, { ignored, ignoreInitial: true });
  let timer: NodeJS.Timeout | undefined;
  watcher.on("all", () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs);
  });
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return {
    close: async () => {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
