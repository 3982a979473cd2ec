import { BothyError } from "bothy";
import type { ClientStatus } from "bothy/client";
import { expect, test } from "vitest";
import { noticesOf } from "./notice-texts.ts";

const calm: ClientStatus = {
  state: "online",
  pendingCount: 0,
  outboxFill: 0,
  lastSyncedMs: 1,
  storageMode: "durable",
  isLeader: true,
  identity: null,
  serverChanged: null,
  updateReady: false,
  evicted: null,
  failedScopes: [],
  repairCount: 0,
  stoppedRanges: [],
  error: null,
};

const noticesIn = (status: Partial<ClientStatus>) => noticesOf({ ...calm, ...status });
const evictedWith = (unsentCount: number, lostCount: number | null) =>
  noticesIn({ evicted: { deviceId: "d", unsentCount, lostCount } })[0];

test("as long as all is well nothing is said, offline too", () => {
  for (const state of ["connecting", "online", "offline", "paused", "ahead"] as const)
    expect(noticesIn({ state })).toEqual([]);
});

test("each trouble of the storage has words of its own that say what to do", () => {
  const modes = ["memory", "full", "lost", "failed"] as const;
  const found = modes.map((storageMode) => noticesIn({ storageMode, pendingCount: 2 }));
  expect(found.map((notices) => notices.length)).toEqual([1, 1, 1, 1]);
  expect(new Set(found.map(([notice]) => notice?.text)).size).toBe(4);
  expect(found.map(([notice]) => notice?.tone)).toEqual(["bad", "bad", "bad", "bad"]);
  expect(noticesIn({ storageMode: "lost", pendingCount: 2 })[0]?.text).toContain("2 changes not sent yet");
});

test("a storage that another window holds is told apart from one that is not there", () => {
  const error = new BothyError("storage_blocked", { message: "…" });
  expect(noticesIn({ storageMode: "memory", error })[0]).toMatchObject({ key: "storage-blocked", action: "reload" });
  expect(noticesIn({ storageMode: "memory" })[0]?.key).toBe("storage-memory");
});

test("an eviction says what is lost, once that is known", () => {
  expect(evictedWith(0, null)).toMatchObject({ tone: "calm", isDismissible: true });
  expect(evictedWith(3, 0)?.text).toContain("Nothing you wrote is lost");
  expect(evictedWith(3, null)).toMatchObject({ tone: "bad", text: expect.stringContaining("3 changes had not been") });
  expect(evictedWith(3, 1)?.text).toContain("1 change that had not been sent is lost");
});

test("an outbox that fills is told of before it is full", () => {
  expect(noticesIn({ outboxFill: 0.79 })).toEqual([]);
  expect(noticesIn({ outboxFill: 0.84 })[0]?.title).toBe("The outbox is 84 % full");
  expect(noticesIn({ outboxFill: 1 })[0]?.title).toBe("The outbox is full");
});

test("what can be done with one press comes with it", () => {
  expect(noticesIn({ state: "updateNeeded" })[0]?.action).toBe("reload");
  expect(noticesIn({ stoppedRanges: [{}] })[0]?.action).toBe("repair");
});
