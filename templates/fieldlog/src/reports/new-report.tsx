import { useMutation } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { AirportField } from "./airport-field.tsx";
import { formText } from "../form-text.ts";
import { idFromText } from "../ids.ts";
import { navigate, type FilterText, type ReportsPane } from "../route.ts";
import { send } from "../send.ts";
import { DraftNotice } from "./draft-notice.tsx";
import { dropDraft, useFormDraft } from "./form-draft.ts";
import { ReportForm } from "./report-form.tsx";

interface NewReportProps {
  readonly airports: readonly Doc<"airports">[];
  readonly filters: FilterText;
}

/** There is one new report at a time. */
const formKey = "new";

/** Files a report of a strike. */
export function NewReport({ airports, filters }: NewReportProps) {
  const create = useMutation(api.shared.reports.create);
  const { draft, round, startOver } = useFormDraft(formKey);
  const leave = (pane: ReportsPane, how?: "replace") => {
    dropDraft(formKey);
    navigate({ screen: "reports", pane, filters }, how);
  };
  return (
    <ReportForm
      key={round}
      title="New report"
      saveLabel="File report"
      start={{ date: today() }}
      draftKey={formKey}
      typed={draft?.typed}
      onCancel={() => leave({ kind: "none" })}
      onSave={async (fields, form) => {
        const airportId = formText(form, "airportId");
        const draftKey = newDraftKey();
        await send(create({ airportId: idFromText<"airports">(airportId), draftKey, fields }));
        leave({ kind: "filed", airportId, draftKey }, "replace");
      }}
    >
      {draft === undefined ? null : <DraftNotice onStartOver={startOver} />}
      <AirportField airports={airports} startId={draft?.typed["airportId"] ?? filters["airport"]?.split(",")[0]} />
    </ReportForm>
  );
}

function today(): string {
  const now = new Date();
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** crypto.randomUUID is missing on plain http to another machine. */
function newDraftKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
