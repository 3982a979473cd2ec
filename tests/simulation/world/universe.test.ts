import { expect, test } from "vitest";
import { createChance } from "./chance.ts";
import { Universe, type Life } from "./universe.ts";

/** Microtasks can be run only where none is under way: in a task of its own. */
function inTask<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

test("events run in the order of their times, equal ones in the order of their making, cancelled and dead ones never", async () => {
  await inTask(() => {
    const universe = new Universe(createChance(1), false);
    const life: Life = { name: "life", isAlive: true };
    const ran: string[] = [];
    universe.after(5, "late", () => ran.push("late"));
    universe.after(1, "first", () => ran.push("first"));
    universe.after(1, "second", () => ran.push("second"));
    universe.after(2, "cancelled", () => ran.push("cancelled"))();
    universe.afterFor(life, 3, () => ran.push("dead"));
    universe.after(2, "death", () => void (life.isAlive = false));
    expect(universe.run(4)).toBe(false);
    expect(ran).toEqual(["first", "second"]);
    expect(universe.nowMs).toBe(4);
    expect(universe.run(100, () => ran.includes("late"))).toBe(true);
    expect(universe.nowMs).toBe(5);
  });
});

test("what an event has promised happens before the next event, at the same time", async () => {
  await inTask(() => {
    const universe = new Universe(createChance(1), false);
    const ran: string[] = [];
    universe.after(1, "one", () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => ran.push(`then ${universe.nowMs}`));
    });
    universe.after(1, "two", () => ran.push("two"));
    universe.run(2);
    expect(ran).toEqual(["then 1", "two"]);
  });
});

test("sums and differences of times are exact, so a timer that is set anew for the rest of its time ends", async () => {
  await inTask(() => {
    const universe = new Universe(createChance(1), false);
    let looks = 0;
    universe.after(0.123_456_789, "begin", () => {
      const startMs = universe.nowMs;
      const look = (): void => {
        looks++;
        const leftMs = 20_000.7 - (universe.nowMs - startMs);
        if (leftMs > 0.001) universe.after(leftMs, "look", look);
      };
      look();
    });
    universe.run(60_000);
    expect(looks).toBe(2);
  });
});

test("a hash is that of every step: one that differs in time or text makes another", async () => {
  const hashOf = (delayMs: number, label: string): Promise<string> =>
    inTask(() => {
      const universe = new Universe(createChance(1), false);
      universe.after(delayMs, label, () => universe.note("done"));
      universe.run(10);
      return universe.trace.hash();
    });
  expect(await hashOf(1, "a")).toBe(await hashOf(1, "a"));
  expect(await hashOf(1, "a")).not.toBe(await hashOf(2, "a"));
  expect(await hashOf(1, "a")).not.toBe(await hashOf(1, "b"));
});

test("an endless run is ended and named", async () => {
  await expect(
    inTask(() => {
      const universe = new Universe(createChance(1), false);
      const again = (): void => void universe.after(0, "again", again);
      again();
      universe.run(1);
    }),
  ).rejects.toThrow("again");
});

test("what somebody frozen has to do happens when it is thawed, in its order, and never if it was cancelled or died", async () => {
  await inTask(() => {
    const universe = new Universe(createChance(1), false);
    const [page, other]: Life[] = [
      { name: "page", isAlive: true },
      { name: "other", isAlive: true },
    ];
    if (page === undefined || other === undefined) return;
    const ran: string[] = [];
    universe.after(1, "freeze", () => [page, other].forEach((life) => universe.freeze(life)));
    universe.afterFor(page, 3, () => ran.push("second"));
    universe.afterFor(page, 2, () => ran.push("first"));
    const cancel = universe.afterFor(page, 2, () => ran.push("cancelled"));
    universe.afterFor(other, 2, () => ran.push("dead"));
    universe.run(4);
    expect(ran).toEqual([]);
    cancel();
    other.isAlive = false;
    universe.after(1, "thaw", () => [page, other].forEach((life) => universe.thaw(life)));
    universe.run(10);
    expect(ran).toEqual(["first", "second"]);
  });
});
