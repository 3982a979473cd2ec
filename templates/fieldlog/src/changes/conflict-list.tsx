import { ReportSubject } from "./change-item.tsx";
import { useConflicts } from "./conflicts.ts";
import { formatMoment } from "../format.ts";
import { fieldLabels, fieldText } from "../reports/field-text.ts";

/** Fields that two devices wrote at once: what was written over what, and the report in which that is decided. */
export function ConflictList() {
  const conflicts = useConflicts();
  if (conflicts.length === 0) return null;
  return (
    <section className="sheet sheet-conflict" aria-label="Conflicts" data-testid="conflicts">
      <h2>Conflicts</h2>
      <p className="quiet">
        Two devices wrote the same field without seeing each other. The later one stands and nothing is lost: open the
        report to keep it, or to take the other back.
      </p>
      <ol className="changes">
        {conflicts.map(({ historyId, reportId, field, from, fromBy, to, by, timeMs }) => (
          <li key={`${historyId} ${field}`} data-testid="conflict-item" data-field={field}>
            <div className="change-head">
              <ReportSubject reportId={reportId} />
              <span className="change-when">{formatMoment(timeMs)}</span>
            </div>
            <dl className="change-lines">
              <div>
                <dt>{fieldLabels[field]}</dt>
                <dd>
                  <ins>{fieldText(field, to)}</ins> by {by}, over <s>{fieldText(field, from)}</s>
                  {fromBy === undefined ? "" : ` by ${fromBy.by}`}
                </dd>
              </div>
            </dl>
          </li>
        ))}
      </ol>
    </section>
  );
}
