import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";

const executablePath = process.env["BOTHY_CHROMIUM"] ?? "/usr/bin/chromium";

/** A browser with a profile of its own, as one device of a person has it. */
export interface Profile {
  readonly folder: string;
  readonly context: BrowserContext;
  /** The first tab. */
  readonly page: Page;
  /** Errors that no page caught. */
  readonly errors: readonly string[];
  /** Ends the browser as a power cut would end the process; the folder stays. */
  kill(): Promise<void>;
  /** Closes the browser; the folder stays. */
  close(): Promise<void>;
}

export interface ProfileOptions {
  /** A folder that a browser had before; without one the profile is new. */
  readonly folder?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** More arguments of the browser. */
  readonly args?: readonly string[];
  /** Where the browser looks for what belongs to its user, beside the profile. */
  readonly home?: string;
  /** Runs in every page before the page's own code. */
  readonly initScript?: () => void;
}

/** Starts a browser over a profile. */
export async function openProfile(options: ProfileOptions = {}): Promise<Profile> {
  const folder = options.folder ?? (await makeProfileFolder());
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    viewport: options.viewport ?? { width: 1280, height: 800 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", ...(options.args ?? [])],
    ...(options.home !== undefined && { env: { ...process.env, HOME: options.home } }),
  });
  opened.add(context);
  const errors: string[] = [];
  context.on("weberror", (error) => errors.push(String(error.error().stack ?? error.error())));
  if (options.initScript) await context.addInitScript(options.initScript);
  const page = context.pages()[0] ?? (await context.newPage());
  const pid = await browserPid(context);
  const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    opened.delete(context);
    await context.close();
  };
  return {
    folder,
    context,
    page,
    errors,
    close,
    async kill() {
      process.kill(pid, "SIGKILL");
      await closed;
      opened.delete(context);
    },
  };
}

/** Copies a closed profile, as a backup or a cloned machine would. */
export async function copyProfile(folder: string): Promise<string> {
  const copy = await makeProfileFolder();
  await cp(folder, copy, {
    recursive: true,
    // Links that name the browser which has the profile open.
    filter: (source) => !/Singleton(Lock|Socket|Cookie)$/.test(source),
  });
  return copy;
}

const opened = new Set<BrowserContext>();
const folders: string[] = [];

/** Closes what a test file has opened and removes its folders; for `afterAll`. */
export async function removeProfiles(): Promise<void> {
  for (const context of opened) await context.close();
  opened.clear();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function makeProfileFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bothy-profile-"));
  folders.push(folder);
  return folder;
}

/** The browser's own process, from which all of its others go when it goes. */
async function browserPid(context: BrowserContext): Promise<number> {
  const session = await context.browser()?.newBrowserCDPSession();
  const answer = await session?.send("SystemInfo.getProcessInfo");
  const pid = answer?.processInfo.find(({ type }) => type === "browser")?.id;
  if (pid === undefined) throw new Error("The browser does not tell its process.");
  return pid;
}
