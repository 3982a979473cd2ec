import { useState } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Icon, type IconName } from "../elements/icon.tsx";
import { isWaiting, type FieldMarks } from "../field-marks.ts";
import { formatAge, formatCount, formatMoment } from "../format.ts";
import { useNow } from "../use-now.ts";
import { useAuthorText } from "./author.ts";
import { actText, replacedText } from "./history-text.ts";
import { WaitingMark } from "./report-facts.tsx";

/** So many acts are shown before one asks for all. */
const shownCount = 6;

interface HistoryProps {
  readonly rows: readonly Doc<"history">[];
  readonly marks: FieldMarks;
}

/** Who did what to a report, newest first: as the server took it, not as clocks say. */
export function ReportHistory({ rows, marks }: HistoryProps) {
  const [isWhole, setIsWhole] = useState(false);
  const newest = rows.toReversed();
  const shown = isWhole ? newest : newest.slice(0, shownCount);
  const hiddenCount = newest.length - shown.length;
  return (
    <section className="pane-section" aria-label="History">
      <h2>History</h2>
      <ol className="timeline" data-testid="history">
        {shown.map((row, index) => (
          <Act
            key={row._id}
            row={row}
            isWaiting={isWaiting(marks, row._creationTime)}
            isLate={row._creationTime < (newest[index + 1]?._creationTime ?? 0)}
          />
        ))}
        {hiddenCount > 0 ? (
          <li>
            <button type="button" className="link" onClick={() => setIsWhole(true)}>
              Show {formatCount(hiddenCount, "earlier act")}
            </button>
          </li>
        ) : rows.some((row) => row.kind === "filed") ? null : (
          <li className="act">
            <span className="act-sign">
              <Icon name="reports" />
            </span>
            <p>From the FAA’s records</p>
          </li>
        )}
      </ol>
    </section>
  );
}

const icons: Readonly<Record<Doc<"history">["kind"], IconName>> = {
  filed: "plus",
  edited: "edit",
  reviewed: "check",
  closed: "close",
  reopened: "retry",
  kept: "check",
  restored: "undo",
};

interface ActProps {
  readonly row: Doc<"history">;
  readonly isWaiting: boolean;
  /** It was done before the act below it, and came to the server after that one. */
  readonly isLate: boolean;
}

function Act({ row, isWaiting: waits, isLate }: ActProps) {
  const authorText = useAuthorText();
  const nowMs = useNow();
  return (
    <li className="act" data-testid="act" data-kind={row.kind} data-waiting={waits}>
      <span className="act-sign">
        <Icon name={icons[row.kind]} />
      </span>
      <div>
        <p>
          <strong>{authorText(row)}</strong> {actText(row)}{" "}
          <time dateTime={new Date(row._creationTime).toISOString()} title={formatMoment(row._creationTime)}>
            {formatAge(nowMs - row._creationTime)}
          </time>{" "}
          {isLate ? <span className="quiet">· sent later</span> : null} {waits ? <WaitingMark /> : null}
        </p>
        {row.fields === undefined ? null : (
          <ul className="act-fields">
            {row.fields.map((replaced) => (
              <Replaced key={replaced.field} {...replacedText(row.kind, replaced)} />
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

function Replaced({ label, isKept, before, after }: ReturnType<typeof replacedText>) {
  return (
    <li>
      {label}:{" "}
      {isKept ? (
        <>
          kept <ins>{after}</ins>, not <del>{before}</del>
        </>
      ) : (
        <>
          <del>{before}</del> <span className="unseen">became</span>
          <span aria-hidden="true">→</span> <ins>{after}</ins>
        </>
      )}
    </li>
  );
}
