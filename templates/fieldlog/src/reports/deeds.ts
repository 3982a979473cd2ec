// What was done from the list, told in its line with the way back.

import { useMutation } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { formatCount } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { useClosing, type ClosingPlan } from "./close-many.ts";
import type { Deed } from "./list-head.tsx";

interface Deeds {
  readonly deed: Deed | undefined;
  /** Asks nothing, because it can be taken back where it was done. */
  readonly closeOne: (report: Doc<"reports">) => void;
  /** Says that all of a plan is closed. */
  readonly tellClosed: (plan: ClosingPlan) => void;
  /** Says why a report can't be edited. */
  readonly tellClosedToEdit: (report: Doc<"reports">) => void;
}

/** The last deed, and those that leave one. */
export function useDeeds(): Deeds {
  const [deed, setDeed] = useState<Deed>();
  const close = useMutation(api.shared.reports.close);
  const reopen = useMutation(api.shared.reports.reopen);
  const many = useClosing();
  const tell = (what: Promise<void>, done: Deed) =>
    void what.then(
      () => setDeed(done),
      (error: unknown) => setDeed({ text: refusalText(error) }),
    );
  const reopening = ({ _id: reportId, species }: Doc<"reports">): NonNullable<Deed["remedy"]> => ({
    label: "Reopen it",
    act: () => tell(send(reopen({ reportId })), { text: `${species} reopened.` }),
  });
  return {
    deed,
    closeOne(report) {
      const { _id: reportId, species, status } = report;
      const remedy = reopening(report);
      if (status === "closed") setDeed({ text: `${species} is closed already.`, remedy });
      else tell(send(close({ reportId })), { text: `${species} closed.`, remedy });
    },
    tellClosed(plan) {
      const count = formatCount(plan.count, "report");
      const act = () => tell(many.reopen(plan), { text: `${count} reopened.` });
      setDeed({ text: `${count} closed.`, remedy: { label: plan.count === 1 ? "Reopen it" : "Reopen them", act } });
    },
    tellClosedToEdit(report) {
      setDeed({ text: `${report.species} is closed, so it can’t be edited.`, remedy: reopening(report) });
    },
  };
}
