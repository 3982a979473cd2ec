import { BothyError } from "bothy/internal";
import { expect, test } from "vitest";
import { createManualClock } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { patientAdmin } from "./patient-admin.ts";

function adminThat(call: AdminConnection["call"]): AdminConnection {
  const nothing = (): never => {
    throw new Error("nothing is exported");
  };
  return { call, exportLines: nothing, close: () => Promise.resolve() };
}

const overloaded = new BothyError("overloaded", { message: "Too much.", fix: "Wait." });

test("[BK21] a step that the deployment holds back is made again until it takes it, and any other refusal is told at once", async () => {
  const clock = createManualClock();
  let refusals = 0;
  const admin = patientAdmin(
    adminThat(async (name) => {
      if (name === "wrong") throw new BothyError("import_invalid", { message: "Wrong.", fix: "Correct it." });
      if (++refusals <= 3) throw overloaded;
      return refusals;
    }),
    clock,
  );
  await expect(admin.call("wrong", {})).rejects.toMatchObject({ code: "import_invalid" });
  const answer = admin.call("right", {});
  for (let turn = 0; turn < 3; turn++) {
    for (let step = 0; step < 10; step++) await Promise.resolve();
    clock.advance(100);
  }
  expect(await answer).toBe(4);
});

test("[BK21] what is held back for a minute is told", async () => {
  const clock = createManualClock();
  const patient = { ...clock, after: (_delayMs: number, task: () => void) => (queueMicrotask(task), () => undefined) };
  const admin = patientAdmin(
    adminThat(() => Promise.reject(overloaded)),
    patient,
  );
  await expect(admin.call("right", {})).rejects.toMatchObject({ code: "overloaded" });
});
