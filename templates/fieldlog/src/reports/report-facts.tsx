import type { ReactNode } from "react";
import type { Doc, Id } from "../../bothy/_generated/dataModel.js";
import type { Conflict } from "../../bothy/shared/conflicts.ts";
import { fieldOf, type FieldName } from "../../bothy/shared/fields.ts";
import { Icon } from "../elements/icon.tsx";
import type { FieldMarks, MarkedField, RejectedWrite } from "../field-marks.ts";
import { damageLabel, formatDollars } from "../format.ts";
import { ConflictChoice } from "./conflict-choice.tsx";
import { fieldLabels, fieldText } from "./field-text.ts";
import { RejectedChange } from "./rejected-change.tsx";

interface FactsProps {
  readonly report: Doc<"reports">;
  readonly marks: FieldMarks;
  readonly conflicts: readonly Conflict<Id<"history">, Id<"reports">>[];
}

const groups: readonly (readonly [title: string, fields: readonly FieldName[]])[] = [
  ["Wildlife", ["species", "size"]],
  ["Flight", ["date", "timeOfDay", "phase", "speedKnots", "aircraft", "operator"]],
];

const shownFields: readonly MarkedField[] = [
  "damage",
  "costRepair",
  "costOther",
  ...groups.flatMap(([, fields]) => fields),
];

function placeOf(field: MarkedField): number {
  return shownFields.indexOf(field);
}

/** What is known of a strike, in groups; beside each fact how it stands with the server and with others. */
export function ReportFacts(props: FactsProps) {
  return (
    <div className="report-facts">
      <Harm {...props} />
      {groups.map(([title, fields]) => (
        <section key={title} className="fact-group" aria-label={title}>
          <h2>{title}</h2>
          <dl className="facts">
            {fields.map((field) => (
              <Fact key={field} field={field} {...props} />
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** What it did and what it cost: the first thing that one wants to know. */
function Harm(props: FactsProps) {
  const { report } = props;
  return (
    <section className="harm" aria-label="Damage and cost" data-damage={report.damage}>
      <dl className="facts">
        <Fact field="damage" {...props}>
          <span className="harm-word">{damageLabel(report.damage)}</span>
        </Fact>
        <div className="fact" data-fact="costTotal">
          <dt>Total cost</dt>
          <dd>
            <span className="harm-figure">{formatDollars(report.costRepair + report.costOther)}</span>
          </dd>
        </div>
        <Fact field="costRepair" {...props} />
        <Fact field="costOther" {...props} />
      </dl>
    </section>
  );
}

function Fact(props: FactsProps & { readonly field: FieldName; readonly children?: ReactNode }) {
  const { report, field, marks, conflicts, children } = props;
  const rejected = marks.rejected.filter((write) => write.field === field);
  const disputed = conflicts.filter((conflict) => conflict.field === field);
  const isWaiting = marks.waiting.has(field);
  return (
    <div
      className="fact"
      data-fact={field}
      data-waiting={isWaiting}
      data-noted={rejected.length > 0 || disputed.length > 0}
    >
      <dt>
        {fieldLabels[field]}
        {isWaiting ? <WaitingMark /> : null}
      </dt>
      <dd>{children ?? fieldText(field, fieldOf(report, field))}</dd>
      {disputed.map((conflict) => (
        <dd key={conflict.historyId} className="fact-note">
          <ConflictChoice report={report} conflict={conflict} />
        </dd>
      ))}
      {rejected.map((write) => (
        <dd key={write.n} className="fact-note">
          <RejectedFact field={field} write={write} />
        </dd>
      ))}
    </div>
  );
}

/** The sign of something that is kept here and not yet at the server. */
export function WaitingMark() {
  return (
    <span className="tag tag-waiting waiting-mark">
      <Icon name="clock" />
      Waiting
    </span>
  );
}

function RejectedFact({ field, write }: { readonly field: FieldName; readonly write: RejectedWrite }) {
  const { n, name, error, isParked, wrote, others } = write;
  const isFirst = !others.some((other) => placeOf(other) < placeOf(field));
  return (
    <RejectedChange
      n={n}
      name={name}
      error={error}
      isParked={isParked}
      testId={`rejected-${field}`}
      isAdvised={isFirst}
    >
      {wrote === undefined ? (
        "Your decision on the conflict."
      ) : (
        <>
          You wrote <q>{fieldText(field, wrote)}</q>.
        </>
      )}
      {others.length === 0
        ? null
        : ` Part of one edit with ${others.map((other) => (other === "status" ? "the status" : fieldLabels[other])).join(", ")}.`}
    </RejectedChange>
  );
}
