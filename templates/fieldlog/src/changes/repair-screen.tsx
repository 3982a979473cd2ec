import { useQuery, useRejected } from "bothy/react";
import { useState, type ReactNode } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import type { ReportFields } from "../../bothy/shared/fields.ts";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { formText } from "../form-text.ts";
import { idFromText } from "../ids.ts";
import { AirportField } from "../reports/airport-field.tsx";
import { changedFields, seenOf } from "../reports/read-report-form.ts";
import { ReportForm } from "../reports/report-form.tsx";
import { refusalText } from "../refusal-text.ts";
import { navigate } from "../route.ts";
import { send } from "../send.ts";
import { objectOf, reportIdOf, textOf } from "./change-text.ts";

interface RepairProps {
  readonly args: unknown;
  readonly onRetry: (args: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** The changes that have a form to put them right in. */
const forms: Readonly<Record<string, (props: RepairProps) => ReactNode>> = {
  "shared/reports:create": RepairNewReport,
  "shared/reports:edit": RepairEdit,
  "shared/comments:add": RepairText,
  "shared/profiles:setName": RepairText,
};

export function canRepair(name: string): boolean {
  return name in forms;
}

/** Opens a rejected change in its form and sends it again as repaired there. */
export function RepairScreen({ n }: { readonly n: number }) {
  const { entries, retry } = useRejected();
  const entry = entries.find((candidate) => candidate.n === n);
  const Form = entry === undefined ? undefined : forms[entry.name];
  if (entry === undefined || Form === undefined) {
    return (
      <Empty title="Nothing to repair">
        <p>This change was sent or discarded.</p>
        <Link className="button button-quiet" to={{ screen: "changes" }}>
          Back to your changes
        </Link>
      </Empty>
    );
  }
  return (
    <div className="column" data-testid="repair">
      <Form
        args={entry.args}
        onRetry={async (args) => {
          await send(retry(n, args));
          toChanges();
        }}
      />
    </div>
  );
}

function toChanges() {
  navigate({ screen: "changes" }, "replace");
}

function RepairEdit({ args, onRetry }: RepairProps) {
  const reportId = idFromText<"reports">(reportIdOf(args) ?? "");
  const found = useQuery(api.shared.reports.get, { reportId });
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) return <Empty title="The report is not on this device any more" />;
  return <RepairEditForm report={found.value} args={args} onRetry={onRetry} />;
}

function RepairEditForm({ report, args, onRetry }: RepairProps & { readonly report: Doc<"reports"> }) {
  // As it was when the form opened: a field that somebody else changes meanwhile is not part of the edit.
  const [start] = useState(report);
  const { speedKnots, ...changes } = fieldsOf(objectOf(args)["changes"]);
  return (
    <ReportForm
      title="Repair an edit"
      saveLabel="Send again"
      start={{ ...start, ...changes, ...(typeof speedKnots === "number" ? { speedKnots } : {}) }}
      onCancel={toChanges}
      onSave={(fields) => {
        const changes = changedFields(start, fields);
        return onRetry({ reportId: start._id, changes, seen: seenOf(start, changes) });
      }}
    />
  );
}

function RepairNewReport({ args, onRetry }: RepairProps) {
  const airports = useQuery(api.shared.picks.airports, {}).value;
  if (airports === undefined) return <Loading what="your airports" />;
  const { airportId, fields: rejected, ...others } = objectOf(args);
  return (
    <ReportForm
      title="Repair a new report"
      saveLabel="Send again"
      start={fieldsOf(rejected)}
      onCancel={toChanges}
      onSave={(fields, form) => onRetry({ ...others, airportId: formText(form, "airportId"), fields })}
    >
      <AirportField airports={airports} startId={textOf(airportId)} />
    </ReportForm>
  );
}

/** A change whose content is one text. */
function RepairText({ args, onRetry }: RepairProps) {
  const field = "body" in objectOf(args) ? "body" : "name";
  const [text, setText] = useState(textOf(objectOf(args)[field]));
  const [problem, setProblem] = useState<string>();
  return (
    <form
      className="sheet"
      onSubmit={(event) => {
        event.preventDefault();
        onRetry({ ...objectOf(args), [field]: text }).catch((error: unknown) => setProblem(refusalText(error)));
      }}
    >
      <h1>{field === "body" ? "Repair a comment" : "Repair your name"}</h1>
      <div className="field">
        <label htmlFor="repair-text">{field === "body" ? "Comment" : "Display name"}</label>
        <textarea
          id="repair-text"
          name={field}
          rows={3}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="button" data-testid="save">
          Send again
        </button>
        <button type="button" className="button button-quiet" data-testid="cancel" onClick={toChanges}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** A rejected change was checked when it was made here, so its fields have their types; its values are in question. */
function fieldsOf(changes: unknown): Partial<ReportFields> {
  return objectOf(changes);
}
