import { useMutation } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { AirportField } from "./airport-field.tsx";
import { formText } from "../form-text.ts";
import { idFromText } from "../ids.ts";
import { navigate, type FilterText } from "../route.ts";
import { send } from "../send.ts";
import { ReportForm } from "./report-form.tsx";

interface NewReportProps {
  readonly airports: readonly Doc<"airports">[];
  readonly filters: FilterText;
}

/** Files a report of a strike. */
export function NewReport({ airports, filters }: NewReportProps) {
  const create = useMutation(api.shared.reports.create);
  return (
    <ReportForm
      title="New report"
      saveLabel="File report"
      start={{ date: today() }}
      onCancel={() => navigate({ screen: "reports", pane: { kind: "none" }, filters })}
      onSave={async (fields, form) => {
        const airportId = formText(form, "airportId");
        const draftKey = newDraftKey();
        await send(create({ airportId: idFromText<"airports">(airportId), draftKey, fields }));
        navigate({ screen: "reports", pane: { kind: "filed", airportId, draftKey }, filters }, "replace");
      }}
    >
      <AirportField airports={airports} startId={filters["airport"]} />
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
