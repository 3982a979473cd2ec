import { join } from "node:path";
import { runLoad, startBothy, startFloor } from "../processes.ts";
import type { Subject } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const subscribers = 1_000;

/** One write to a range with 1,000 subscribers: what a delivered message costs the server. */
export async function fanOut({ app, folder }: Bench): Promise<Row[]> {
  const floor = await startFloor(folder, 0);
  const bothy = await startBothy(app, join(folder, "bothy"));
  try {
    const below = await costPerMessage(floor, "floor");
    const above = await costPerMessage(bothy, "bothy");
    return [
      {
        what: `fan-out to ${subscribers}, server CPU per message`,
        bothy: show(above.microseconds, "us"),
        floor: show(below.microseconds, "us"),
        ratio: (above.microseconds / below.microseconds).toFixed(2),
        goal: "<= 2",
      },
      {
        what: "  one write until the last has it, p50 / p99",
        bothy: `${show(above.p50, "")}/ ${show(above.p99, "ms")}`,
        floor: `${show(below.p50, "")}/ ${show(below.p99, "ms")}`,
        ratio: (above.p50 / below.p50).toFixed(2),
        goal: "",
      },
    ];
  } finally {
    await bothy.stop();
    await floor.stop();
  }
}

/** The set-up (a thousand hellos) is taken out by a run with few writes beside the one with many. */
async function costPerMessage(
  subject: Subject,
  target: "bothy" | "floor",
): Promise<{ readonly microseconds: number; readonly p50: number; readonly p99: number }> {
  const measure = async (writes: number): Promise<Record<string, number> & { cpuMs: number }> => {
    const before = subject.cpuMs();
    const result = await runLoad("fan-out.ts", { port: subject.port, subscribers, writes, target });
    return { ...result, cpuMs: subject.cpuMs() - before };
  };
  const few = await measure(10);
  const many = await measure(210);
  const messages = (many["delivered"] ?? 0) - (few["delivered"] ?? 0);
  return { microseconds: ((many.cpuMs - few.cpuMs) * 1000) / messages, p50: many["p50"] ?? 0, p99: many["p99"] ?? 0 };
}
