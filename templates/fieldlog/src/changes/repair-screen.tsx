import { useQuery, useRejected } from "bothy/react";
import { useState, type ReactNode } from "react";
import { api } from "../../bothy/_generated/api.js";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { formText } from "../form-text.ts";
import { AirportField } from "../reports/airport-field.tsx";
import { ReportForm } from "../reports/report-form.tsx";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { fieldsOf, objectOf, textOf } from "./change-text.ts";
import { RepairEdit } from "./repair-edit.tsx";
import { RepairActions, RepairReason, toChanges, type RepairProps } from "./repair-parts.tsx";

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
        error={entry.error}
        onRetry={async (args) => {
          await send(retry(n, args));
          toChanges();
        }}
      />
    </div>
  );
}

function RepairNewReport({ args, error, onRetry }: RepairProps) {
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
      <RepairReason error={error} />
      <AirportField airports={airports} startId={textOf(airportId)} />
    </ReportForm>
  );
}

/** A change whose content is one text. */
function RepairText({ args, error, onRetry }: RepairProps) {
  const field = "body" in objectOf(args) ? "body" : "name";
  const [text, setText] = useState(textOf(objectOf(args)[field]));
  const [problem, setProblem] = useState<string>();
  return (
    <form
      className="sheet repair"
      onSubmit={(event) => {
        event.preventDefault();
        onRetry({ ...objectOf(args), [field]: text }).catch((error: unknown) => setProblem(refusalText(error)));
      }}
    >
      <h1>{field === "body" ? "Repair a comment" : "Repair your name"}</h1>
      <RepairReason error={error} />
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
      <RepairActions refusal={problem} />
    </form>
  );
}
