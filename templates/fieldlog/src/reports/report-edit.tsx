import { useMutation, useQuery } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Empty } from "../elements/empty.tsx";
import { Loading } from "../elements/loading.tsx";
import { idFromText } from "../ids.ts";
import { navigate, type FilterText } from "../route.ts";
import { send } from "../send.ts";
import { changedFields, seenOf } from "./read-report-form.ts";
import { ReportForm } from "./report-form.tsx";

interface ReportEditProps {
  readonly reportId: string;
  readonly filters: FilterText;
}

/** Edits a report: the fields that were changed are sent, and no others. */
export function ReportEdit({ reportId, filters }: ReportEditProps) {
  const found = useQuery(api.shared.reports.get, { reportId: idFromText<"reports">(reportId) });
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) return <Empty title="Not on this device" />;
  return <EditForm report={found.value} filters={filters} />;
}

function EditForm({ report, filters }: { readonly report: Doc<"reports">; readonly filters: FilterText }) {
  // As it was when the form opened: a field that somebody else changes meanwhile is not one that was changed here.
  const [start] = useState(report);
  const edit = useMutation(api.shared.reports.edit);
  const reportId = start._id;
  const back = () => navigate({ screen: "reports", pane: { kind: "report", reportId }, filters }, "replace");
  return (
    <ReportForm
      title="Edit report"
      saveLabel="Save"
      start={start}
      onCancel={back}
      onSave={async (fields) => {
        const changes = changedFields(start, fields);
        if (Object.keys(changes).length > 0) {
          await send(edit({ reportId, changes, seen: seenOf(start, changes) }));
        }
        back();
      }}
    />
  );
}
