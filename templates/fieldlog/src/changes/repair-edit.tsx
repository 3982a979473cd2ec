import { useMutation, useQuery } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { checkReport, fieldNames, fieldOf, type FieldName, type Problems } from "../../bothy/shared/fields.ts";
import { Empty } from "../elements/empty.tsx";
import { Icon } from "../elements/icon.tsx";
import { Loading } from "../elements/loading.tsx";
import { idFromText } from "../ids.ts";
import { fieldLabels, fieldText } from "../reports/field-text.ts";
import { changedFields, readReportForm, reportTexts, seenOf } from "../reports/read-report-form.ts";
import { ReportField } from "../reports/report-field.tsx";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { ReportSubject } from "./change-item.tsx";
import { fieldsOf, objectOf, reportIdOf } from "./change-text.ts";
import { RepairActions, RepairReason, type RepairProps } from "./repair-parts.tsx";

/** Repairs an edit that was refused: field by field, what stands now beside what was written. */
export function RepairEdit(props: RepairProps) {
  const reportId = idFromText<"reports">(reportIdOf(props.args) ?? "");
  const found = useQuery(api.shared.reports.get, { reportId });
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) return <Empty title="The report is not on this device any more" />;
  return <RepairEditForm {...props} report={found.value} />;
}

function RepairEditForm({ report, args, error, onRetry }: RepairProps & { readonly report: Doc<"reports"> }) {
  const written = fieldsOf(objectOf(args)["changes"]);
  const seen = fieldsOf(objectOf(args)["seen"]);
  const [left, setLeft] = useState<ReadonlySet<FieldName>>(new Set());
  const [problems, setProblems] = useState<Problems>({});
  const [refusal, setRefusal] = useState<string>();
  const fields = fieldNames.filter((name) => name in written);
  const save = (form: HTMLFormElement) => {
    const entries = new FormData();
    for (const [name, text] of Object.entries(reportTexts(report))) entries.set(name, text);
    for (const [name, text] of new FormData(form)) entries.set(name, text);
    const changes = changedFields(report, readReportForm(entries));
    const found = checkReport(changes, Date.now());
    setProblems(found);
    setRefusal(undefined);
    if (Object.keys(found).length > 0) return;
    if (Object.keys(changes).length === 0) return setRefusal("It says what stands already. Discard it instead.");
    const repaired = { reportId: report._id, changes, seen: seenOf(report, changes) };
    onRetry(repaired).catch((reason: unknown) => setRefusal(refusalText(reason)));
  };
  return (
    <form
      className="sheet repair"
      aria-label="Repair an edit"
      data-testid="report-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <h1>Repair an edit</h1>
      <ReportSubject reportId={report._id} />
      <RepairReason error={error} />
      {report.status === "closed" ? <Reopen report={report} /> : null}
      {fields.map((name) => (
        <fieldset key={name} className="repair-field" data-testid={`repair-${name}`}>
          <legend>{fieldLabels[name]}</legend>
          <div className="repair-now">
            <span className="repair-label">Stands now</span>
            <strong>{fieldText(name, fieldOf(report, name))}</strong>
            {name in seen && (seen[name] ?? null) !== fieldOf(report, name) ? (
              <small>You saw “{fieldText(name, seen[name] ?? null)}”: it was changed meanwhile.</small>
            ) : null}
          </div>
          {left.has(name) ? (
            <p className="quiet">Stays as it stands.</p>
          ) : (
            <ReportField name={name} label="You wrote" texts={reportTexts(written)} problems={problems} notes={{}} />
          )}
          <button
            type="button"
            className="button button-small button-quiet"
            aria-label={`${left.has(name) ? "Write it after all" : "Leave as it stands"}: ${fieldLabels[name]}`}
            onClick={() => setLeft(toggled(left, name))}
          >
            {left.has(name) ? "Write it after all" : "Leave as it stands"}
          </button>
        </fieldset>
      ))}
      <RepairActions refusal={refusal} />
    </form>
  );
}

/** The usual reason of a refusal, put right on the spot. */
function Reopen({ report }: { readonly report: Doc<"reports"> }) {
  const reopen = useMutation(api.shared.reports.reopen);
  const [problem, setProblem] = useState<string>();
  return (
    <div className="actions">
      <span>The report is still closed.</span>
      <button
        type="button"
        className="button button-small button-quiet"
        data-testid="reopen-report"
        onClick={() =>
          void send(reopen({ reportId: report._id })).catch((error: unknown) => setProblem(refusalText(error)))
        }
      >
        <Icon name="undo" />
        Reopen it
      </button>
      {problem === undefined ? null : (
        <span className="field-problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
