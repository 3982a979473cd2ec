import { fileURLToPath } from "node:url";
import type { World } from "../base/index.ts";
import type { VerifyMessage, VerifyOrder } from "./verify-messages.ts";
import {
  findingsMax,
  fixOf,
  type Checked,
  type Finding,
  type FindingKind,
  type FolderReport,
} from "./verify-report.ts";

const entry = fileURLToPath(new URL("./verify-main.js", import.meta.url));
const heapMebibytes = 1_024;

/** Verifies log and store of a data folder in a process of its own, so that a damaged page of LMDB is a finding too. */
export function verifyInChild(
  { processes }: Pick<World, "processes">,
  order: VerifyOrder,
  onProgress: (text: string) => void,
): Promise<FolderReport> {
  const child = processes.spawn({
    entry,
    args: [],
    nodeOptions: [`--max-old-space-size=${heapMebibytes}`],
    env: { TZ: "UTC", NODE_ENV: "production" },
  });
  const checked: Checked[] = [];
  const findings: Finding[] = [];
  const notes: string[] = [];
  const find = (kind: FindingKind, message: string): void => void findings.push({ kind, message, fix: fixOf(kind) });
  let findingCount: number | undefined;
  let lastWords = "";
  child.onOutput((line) => (lastWords = line));
  child.onLine((line) => {
    // The child is this very release.
    const message = JSON.parse(line) as VerifyMessage;
    if (message.type === "finding") find(message.kind, message.message);
    else if (message.type === "note") notes.push(message.text);
    else if (message.type === "progress") onProgress(message.text);
    else if (message.type === "checked")
      checked.push({ what: message.what, count: message.count, durationMs: message.durationMs });
    else {
      findingCount = message.findingCount;
      child.kill();
    }
  });
  child.send(JSON.stringify(order));
  return new Promise((resolve) => {
    child.onExit(({ code, signal }) => {
      if (findingCount === undefined) {
        const [kind, what] = endOf(code, signal);
        find(
          kind,
          `The process that read ${order.folder} ended before it was done: ${what}.${lastWords === "" ? "" : ` ${lastWords}`}`,
        );
      }
      resolve({
        folder: order.folder,
        state: order.isClosed ? "closed" : "running",
        checked,
        findings: findings.slice(0, findingsMax),
        findingCount: findingCount ?? findings.length,
        notes,
      });
    });
  });
}

/** Signals that a process is sent when it reads what is not there, or finds its own memory wrong. */
const damageSignals: ReadonlySet<string> = new Set(["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGTRAP", "SIGFPE"]);

function endOf(code: number | null, signal: string | null): readonly [kind: FindingKind, what: string] {
  if (signal !== null && damageSignals.has(signal))
    return ["store_unreadable", `${signal}, so the pages of the store are damaged`];
  return ["unfinished", signal ?? `exit code ${code}`];
}
