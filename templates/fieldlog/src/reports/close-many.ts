// Closing many reports, and taking that back: in as few calls as the rules of the app allow.

import { useMutation } from "bothy/react";
import { useMemo } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Id } from "../../bothy/_generated/dataModel.js";
import { selectionMax } from "../../bothy/shared/reports.ts";
import { send } from "../send.ts";
import type { HeldReport } from "./held-reports.ts";

export interface ClosingPlan {
  /** One call for each part. */
  readonly parts: readonly (readonly Id<"reports">[])[];
  /** Reports that the calls close. */
  readonly count: number;
  /** Those that are closed already and stay as they are. */
  readonly closedCount: number;
}

/** What closing these reports would do. */
export function planClosing(reports: readonly HeldReport[], partSize = selectionMax): ClosingPlan {
  const ids = reports.filter(({ report }) => report.status !== "closed").map(({ report }) => report._id);
  const parts = Array.from({ length: Math.ceil(ids.length / partSize) }, (_, place) =>
    ids.slice(place * partSize, (place + 1) * partSize),
  );
  return { parts, count: ids.length, closedCount: reports.length - ids.length };
}

/** Does something to the reports of a plan, part by part; resolves once all of it is safe on this device. */
type CarryOut = (plan: ClosingPlan) => Promise<void>;

/** Closes the reports of a plan, and opens them again. */
export function useClosing(): { readonly close: CarryOut; readonly reopen: CarryOut } {
  const closeMany = useMutation(api.shared.reports.closeMany);
  const reopenMany = useMutation(api.shared.reports.reopenMany);
  return useMemo(() => {
    const inParts =
      (change: typeof closeMany): CarryOut =>
      async ({ parts }) => {
        for (const reportIds of parts) await send(change({ reportIds: [...reportIds] }));
      };
    return { close: inParts(closeMany), reopen: inParts(reopenMany) };
  }, [closeMany, reopenMany]);
}
