import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";
import { createManualClock } from "./manual-clock.ts";
import { createSeededRandom } from "./seeded-random.ts";

test("a manual clock runs what falls due in order of time, also what is added on the way", () => {
  const clock = createManualClock(1_000);
  const ran: string[] = [];
  clock.after(30, () => ran.push(`c ${clock.monotonicMs()}`));
  clock.after(10, () => {
    ran.push(`a ${clock.monotonicMs()}`);
    clock.after(5, () => ran.push(`b ${clock.nowMs()}`));
  });
  clock.after(20, () => ran.push("never"))();
  clock.advance(40);
  expect([ran, clock.nowMs(), clock.pendingCount]).toEqual([["a 10", "b 1015", "c 30"], 1_040, 0]);
});

test("seeded randomness repeats for its seed and differs between seeds", () => {
  const bytes = (seed: number): string => createSeededRandom(seed).bytes(32).join();
  expect(bytes(1)).toBe(bytes(1));
  expect(new Set([bytes(0), bytes(1), bytes(2), bytes(-1)]).size).toBe(4);
  const random = createSeededRandom(5);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3_000; i++) counts[random.below(3)] = (counts[random.below(3)] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(800);
});

test("a log line is one line, shows control characters as escapes, and never throws", () => {
  const lines: string[] = [];
  const cycle: Record<string, unknown> = { big: 5n };
  cycle["self"] = cycle;
  for (const format of ["json", "text"] as const) {
    const log = createLogger({ format, level: "info", write: (line) => void lines.push(line), nowMs: () => 0 });
    log.debug("not at this level");
    log.info("a\nforged line\u001b[2J", { name: "x\r\ny", cycle, error: new Error("why"), nothing: undefined });
    log.warn("plain", {
      get bad(): string {
        throw new Error("a field that throws");
      },
    });
  }
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatch(/^[^\u0000-\u001f]*\n$/);
    expect(line).toContain("why");
    expect(line).toContain("5n");
  }
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    message: "a\nforged line\u001b[2J",
  });
});

test("a stream that is gone is no reason for a failed operation", () => {
  const log = createLogger({
    format: "text",
    level: "debug",
    write: () => {
      throw new Error("EPIPE");
    },
    nowMs: () => 0,
  });
  expect(() => log.error("x")).not.toThrow();
});
