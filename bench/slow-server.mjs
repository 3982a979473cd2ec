/**
 * The production server in a world whose disk takes longer to sync, as a real one does. Only the world differs: everything
 * above the doors of `base` is what `bothy start` runs. Prints a line once it listens.
 */
import { createWorld, openServer } from "bothy-server";

const [projectFolder, folder, port, delayMs] = process.argv.slice(2);
const world = createWorld({ logFormat: "json", logLevel: "warn" });

/** The same file with a sync that takes at least so much longer. */
function slowed(file) {
  return {
    get sizeBytes() {
      return file.sizeBytes;
    },
    append: (bytes) => file.append(bytes),
    sync: async () => {
      await file.sync();
      await new Promise((resolve) => setTimeout(resolve, Number(delayMs)));
    },
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    close: () => file.close(),
  };
}

const server = await openServer({
  world: { ...world, disk: { ...world.disk, openAppend: async (path) => slowed(await world.disk.openAppend(path)) } },
  projectFolder,
  folder,
  host: "127.0.0.1",
  port: Number(port),
  processes: 2,
  allowedOrigins: [],
  servesFrontEnd: false,
  isReloading: false,
  onProgress: () => undefined,
});
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
process.stdout.write(`${server.port}\n`);
