import type { Device } from "./device.ts";
import { pick, type Random } from "./faults.ts";
import { makeTag, type Call } from "./torture-line.ts";

/** Draws what a device does next; its tags are counted here. */
export interface Workload {
  next(device: Device): Promise<Call | undefined>;
}

const slotCount = 40;

/** What is called, each as often as it stands here. */
const ops: readonly Call["op"][] = [
  "add",
  "add",
  "add",
  "pair",
  "pair",
  "bump",
  "bump",
  "claim",
  "claim",
  "move",
  "remove",
];

/** Makes the workload of a run. */
export function createWorkload(random: Random, shared: readonly string[]): Workload {
  let count = 0;
  return {
    async next(device) {
      const tab = pick(random, device.tabs());
      const op = pick(random, ops);
      const space = pick(random, [...shared, `p-${device.name}`]);
      if (tab === undefined || op === undefined || space === undefined) return undefined;
      count += 1;
      const call = { device: device.name, tab, op, space, tag: makeTag(device.name, count, space) };
      if (op === "claim") return { ...call, slot: Math.floor(random() * slotCount) };
      if (op !== "move" && op !== "remove") return call;
      const item = pick(random, (await device.shown(tab, space))?.items ?? []);
      if (item === undefined) return { ...call, op: "add" };
      // Some go where nobody may look.
      return op === "move" ? { ...call, item, to: pick(random, [...shared, "limbo"]) ?? "limbo" } : { ...call, item };
    },
  };
}
