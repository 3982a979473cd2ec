import { useMutation, useQuery } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";
import { Empty } from "../elements/empty.tsx";
import { Loading } from "../elements/loading.tsx";
import { idFromText } from "../ids.ts";
import { navigate, type FilterText } from "../route.ts";
import { send } from "../send.ts";
import { changedFields } from "./read-report-form.ts";
import { ReportForm } from "./report-form.tsx";

interface ReportEditProps {
  readonly reportId: string;
  readonly filters: FilterText;
}

/** Edits a report: the fields that were changed are sent, and no others. */
export function ReportEdit({ reportId, filters }: ReportEditProps) {
  const id = idFromText<"reports">(reportId);
  const found = useQuery(api.shared.reports.get, { reportId: id });
  const edit = useMutation(api.shared.reports.edit);
  const back = () => navigate({ screen: "reports", pane: { kind: "report", reportId }, filters }, "replace");
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) return <Empty title="Not on this device" />;
  const report = found.value;
  return (
    <ReportForm
      title="Edit report"
      saveLabel="Save"
      start={report}
      onCancel={back}
      onSave={async (fields) => {
        const changes = changedFields(report, fields);
        if (Object.keys(changes).length > 0) await send(edit({ reportId: id, changes }));
        back();
      }}
    />
  );
}
