/**
 * The production server in another world: a disk that takes longer to sync, as a real one does, or processes that can be
 * profiled, or a clock that goes on by 16 days at each SIGUSR2. Only the doors of `base` differ: everything above them is what `bothy start` runs. Prints its port once it
 * listens.
 */
import { createWorld, openServer } from "bothy-server";

const { app, folder, syncDelayMs = 0, childOptions = [] } = JSON.parse(process.argv[2]);
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
      await new Promise((resolve) => setTimeout(resolve, syncDelayMs));
    },
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    close: () => file.close(),
  };
}

const disk = { ...world.disk, openAppend: async (path) => slowed(await world.disk.openAppend(path)) };
let aheadMs = 0;
process.on("SIGUSR2", () => (aheadMs += 16 * 86_400_000));
const clock = { ...world.clock, nowMs: () => world.clock.nowMs() + aheadMs };
const spawn = (request) =>
  world.processes.spawn({ ...request, nodeOptions: [...request.nodeOptions, ...childOptions] });
const server = await openServer({
  world: { ...world, clock, ...(syncDelayMs > 0 ? { disk } : {}), processes: { spawn } },
  projectFolder: app,
  folder,
  host: "127.0.0.1",
  port: 0,
  processes: 2,
  allowedOrigins: [],
  servesFrontEnd: false,
  isReloading: false,
  onProgress: () => undefined,
});
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
process.stdout.write(`${server.port}\n`);
