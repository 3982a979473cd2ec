import { join } from "node:path";
import { runLoad, startBothy } from "../processes.ts";
import type { Subject } from "../processes.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const rounds = 5;
const writes = 1_500;
const subscriptionCounts = [10, 100, 10_000];
/** A hundredth, a tenth and a thousandth of the large table stand beside it. */
const parts = [1_000, 100, 10];

/** What a write costs the server as its table grows, and as subscriptions that do not concern it grow. */
export async function writeCost(
  app: string,
  { folder, large, rows }: { readonly folder: string; readonly large: string; readonly rows: number },
): Promise<Row[]> {
  const sizes = [...parts.map((part) => rows / part), rows];
  const folders: string[] = [];
  for (const part of parts) {
    const small = join(folder, `part-${part}`);
    await runLoad("engine-import.ts", { folder: small, rows: rows / part });
    folders.push(small);
  }
  const bySize = await measure(app, [...folders, large], (at) => ({ rows: sizes[at] ?? 0, subscriptions: 0 }));
  const fresh = subscriptionCounts.map((count) => join(folder, `subscribed-${count}`));
  const bySubscriptions = await measure(app, fresh, (at) => ({ rows: 0, subscriptions: subscriptionCounts[at] ?? 0 }));
  return [
    ...rowsOf("rows in the table", sizes, bySize),
    ...rowsOf("subscriptions elsewhere", subscriptionCounts, bySubscriptions),
  ];
}

async function measure(
  app: string,
  folders: readonly string[],
  differenceAt: (at: number) => { readonly rows: number; readonly subscriptions: number },
): Promise<Record<string, number>> {
  const servers: Subject[] = [];
  try {
    for (const folder of folders) servers.push(await startBothy(app, folder, { args: ["--processes", "1"] }));
    const subjects = servers.map(({ port, pid }, at) => ({ port, pid, ...differenceAt(at) }));
    return await runLoad("write-cost.ts", { subjects, rounds, writes });
  } finally {
    for (const server of servers) await server.stop();
  }
}

function rowsOf(what: string, counts: readonly number[], measured: Readonly<Record<string, number>>): Row[] {
  const first = measured["cpu0"] ?? 1;
  return counts.slice(1).map((count, before) => {
    const cpu = measured[`cpu${before + 1}`] ?? 0;
    const at = (number: number): string => number.toLocaleString("en-US");
    return {
      what: `write, server CPU with ${at(count)} ${what}`,
      bothy: show(cpu, "us"),
      floor: `${show(first, "us")} with ${at(counts[0] ?? 0)}`,
      ratio: (cpu / first).toFixed(2),
      goal: "<= 1.3",
    };
  });
}
