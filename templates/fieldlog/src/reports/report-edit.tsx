import { useMutation, useQuery } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { fieldNames, fieldOf, type ReportFields } from "../../bothy/shared/fields.ts";
import { Loading } from "../elements/loading.tsx";
import { idFromText, isNoId } from "../ids.ts";
import { navigate, type FilterText } from "../route.ts";
import { send } from "../send.ts";
import { DraftNotice } from "./draft-notice.tsx";
import { fieldText } from "./field-text.ts";
import { dropDraft, formOf, useFormDraft, type FormDraft } from "./form-draft.ts";
import { changedFields, readReportForm, seenOf } from "./read-report-form.ts";
import { ReportMissing } from "./report-detail.tsx";
import { ReportForm } from "./report-form.tsx";
import type { FieldNotes } from "./report-field.tsx";

interface ReportEditProps {
  readonly reportId: string;
  readonly filters: FilterText;
}

/** Edits a report: the fields that were changed are sent, and no others. */
export function ReportEdit({ reportId, filters }: ReportEditProps) {
  const found = useQuery(api.shared.reports.get, { reportId: idFromText<"reports">(reportId) });
  const { draft, round, startOver } = useFormDraft(reportId);
  if (isNoId(found.error)) return <ReportMissing filters={filters} />;
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) return <ReportMissing filters={filters} />;
  return <EditForm key={round} report={found.value} filters={filters} draft={draft} onStartOver={startOver} />;
}

interface EditFormProps {
  readonly report: Doc<"reports">;
  readonly filters: FilterText;
  readonly draft: FormDraft | undefined;
  readonly onStartOver: () => void;
}

function EditForm({ report, filters, draft, onStartOver }: EditFormProps) {
  // As it was when the form opened: a field that somebody else changes meanwhile is not one that was changed here.
  const [start] = useState<ReportFields>(() => (draft === undefined ? report : readReportForm(formOf(draft.shown))));
  const edit = useMutation(api.shared.reports.edit);
  const reportId = report._id;
  const back = () => {
    dropDraft(reportId);
    navigate({ screen: "reports", pane: { kind: "report", reportId }, filters }, "replace");
  };
  return (
    <ReportForm
      title="Edit report"
      saveLabel="Save"
      start={start}
      draftKey={reportId}
      typed={draft?.typed}
      notes={newsOf(start, report)}
      onCancel={back}
      onSave={async (fields) => {
        const changes = changedFields(start, fields);
        if (Object.keys(changes).length > 0) {
          await send(edit({ reportId, changes, seen: seenOf(start, changes) }));
        }
        back();
      }}
    >
      {draft === undefined ? null : <DraftNotice onStartOver={onStartOver} />}
      {report.status === "closed" ? (
        <p className="notice notice-bad" role="status">
          This report was closed{report.closedBy === undefined ? "" : ` by ${report.closedBy}`}. It can be edited once
          it is open again; what you type is kept.
        </p>
      ) : null}
    </ReportForm>
  );
}

/** What others have changed since the form was opened. */
function newsOf(start: ReportFields, report: ReportFields): FieldNotes {
  return Object.fromEntries(
    fieldNames
      .filter((field) => fieldOf(start, field) !== fieldOf(report, field))
      .map((field) => [field, `is now “${fieldText(field, fieldOf(report, field))}”`]),
  );
}
