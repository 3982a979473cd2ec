import { runLoad } from "../processes.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

/** It uses the deployment of the tests of `sync`, and stands there. */
const beside = "../../packages/bothy-server/src/sync/test-members.ts";
const members = 10_000;
const others = 100;
const ranges = 4_000;

/** What scopes cost a server with many members: runs, time and bytes. */
export async function scopes(): Promise<Row[]> {
  const found = await runLoad(beside, { members, others, ranges });
  const ms = (name: string): string => show(found[name] ?? 0, "ms");
  const count = (name: string): string => show(found[name] ?? 0, "");
  const row = (what: string, bothy: string, goal = ""): Row => ({ what, bothy, floor: "", ratio: "", goal });
  const team = members.toLocaleString("en-US");
  return [
    row(`runs of scopes for a membership that changes, ${team} members`, count("memberRuns"), "1"),
    row("  until its device is told", ms("memberMs")),
    row(`runs for a row that ${team} members' scopes have read`, count("sharedRuns"), team),
    row("  until all have run", ms("sharedMs")),
    row(`  until ${others} devices that have not read it are told of the next write`, ms("othersMs")),
    row("  runs that were begun by then", count("runsThen")),
    row(
      `a membership more beside ${ranges.toLocaleString("en-US")} ranges of one device, until it is told`,
      ms("moreMs"),
    ),
    row("  what it is sent", show(found["moreBytes"] ?? 0, "bytes")),
    row(`grants of ${ranges.toLocaleString("en-US")} ranges`, show(found["grantBytes"] ?? 0, "bytes")),
  ];
}
