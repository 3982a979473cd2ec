import { join } from "node:path";
import { openAuth, withSystemTables } from "../auth/index.ts";
import type { Auth } from "../auth/index.ts";
import type { World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { buildFunctions, ChildSource, openFunctionPool } from "../runtime/index.ts";
import type { BuildFunctionsOptions, Bundle, RunningPool } from "../runtime/index.ts";
import { appVersionOf, findStranded, openSkew, strandsDevices } from "../skew/index.ts";
import type { AppVersion, Skew } from "../skew/index.ts";
import { createClosers } from "./closers.ts";

/** Where an app and its data are. */
export interface PartsOptions {
  readonly world: World;
  /** Folder of the app: `bothy/` holds its functions, `dist/` its built front end. */
  readonly projectFolder: string;
  /** Data folder. */
  readonly folder: string;
  /** Function processes. */
  readonly processes: number;
  /** Hot rows of all function processes together, in bytes. */
  readonly hotBytes?: number;
  /** True while developing: what builds and runs the functions stays at hand. */
  readonly isReloading?: boolean;
  /** What becomes of an app that would strand devices: it is refused unless said otherwise. */
  readonly stranding?: "refuse" | "warn" | "force";
  /** How long devices of a schema are served after another has taken its place. */
  readonly supportMs?: number | undefined;
  /** Told what takes time at start: building indexes, replaying the log. */
  readonly onProgress: (text: string) => void;
}

/** Everything of a deployment below the network: what `bothy run` opens when no server runs. */
export interface Parts {
  readonly engine: Engine;
  readonly pool: RunningPool;
  readonly auth: Auth;
  readonly bundle: Bundle;
  readonly skew: Skew;
  close(): Promise<void>;
}

/** Opens the data folder under its lock, with the app's functions ready to be called. */
export async function openParts(options: PartsOptions): Promise<Parts> {
  const { world, folder, processes, isReloading = false } = options;
  const limits = options.hotBytes === undefined ? {} : { hotBytes: options.hotBytes };
  // Whoever makes it first decides who may read it.
  await world.disk.makeFolder(folder, 0o700);
  const opened = createClosers();
  try {
    const children = new ChildSource(world, processes, limits);
    opened.add(() => children.close());
    // It starts while the functions are built and the data is opened.
    children.prepare();
    const bundle = await buildFunctions(buildOptionsOf(options));
    const app = appVersionOf(bundle);
    const engine = await openEngine({
      world,
      folder,
      admit: (engine) => admitApp(options, engine, app),
      schema: withSystemTables(bundle.schema),
      store: "lmdb",
      onProgress: options.onProgress,
    });
    opened.add(() => engine.close());
    const auth = await openAuth({ world, engine, folder });
    const bundlePath = bundle.path;
    const pool = await openFunctionPool({ world, engine, bundlePath, processes, isReloading, children, limits });
    opened.add(() => pool.close());
    const skew = openSkew({
      world,
      engine,
      app,
      ...(options.supportMs !== undefined && { supportMs: options.supportMs }),
    });
    opened.add(() => skew.close());
    return { engine, pool, auth, bundle, skew, close: opened.close };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Refuses an app that would strand devices, or says so, before it comes into force. */
export function admitApp(
  { world, stranding = "refuse", supportMs, onProgress }: PartsOptions,
  engine: Pick<Engine, "schema" | "read">,
  app: AppVersion,
): void {
  const stranded = findStranded(engine, app, { nowMs: world.clock.nowMs(), supportMs });
  if (stranded.length === 0) return;
  const error = strandsDevices(stranded);
  if (stranding === "refuse") throw error;
  onProgress(`Warning: ${error.message} ${error.fix ?? ""}`);
}

/** The app's functions are bundled into the data folder. */
export function buildOptionsOf({ world, projectFolder, folder }: PartsOptions): BuildFunctionsOptions {
  return { world, appFolder: projectFolder, outFolder: join(folder, "functions") };
}
