import { useMutation } from "bothy/react";
import { useRef, useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc, Id } from "../../bothy/_generated/dataModel.js";
import type { Conflict } from "../../bothy/shared/conflicts.ts";
import { fieldOf } from "../../bothy/shared/fields.ts";
import { useHandOnFocus } from "../elements/hand-on-focus.ts";
import { Icon } from "../elements/icon.tsx";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { useAuthorText } from "./author.ts";
import { fieldLabels, fieldText } from "./field-text.ts";

interface ConflictChoiceProps {
  readonly report: Doc<"reports">;
  readonly conflict: Conflict<Id<"history">, Id<"reports">>;
}

/** Two devices wrote this field without knowing of each other: who wrote what, and the choice between both. */
export function ConflictChoice({ report, conflict }: ConflictChoiceProps) {
  const settle = useMutation(api.shared.history.settle);
  const authorText = useAuthorText();
  const [problem, setProblem] = useState<string>();
  const part = useRef<HTMLDivElement>(null);
  useHandOnFocus(part);
  const { field, from, to, fromBy, historyId } = conflict;
  const now = fieldOf(report, field);
  const text = (value: typeof now) => fieldText(field, value);
  const decide = (choice: "keep" | "take") => {
    setProblem(undefined);
    send(settle({ reportId: report._id, historyId, field, choice, seen: now })).catch((error: unknown) =>
      setProblem(refusalText(error)),
    );
  };
  return (
    <div
      ref={part}
      className="field-note field-note-conflict"
      role="group"
      aria-label={`Conflict: ${fieldLabels[field]}`}
      data-testid={`conflict-${field}`}
    >
      <p>
        <strong className="field-note-head">
          <Icon name="changes" />
          Conflict
        </strong>{" "}
        {authorText(conflict)} wrote <q>{text(to)}</q> over <q>{text(from)}</q>
        {fromBy === undefined ? "" : ` by ${authorText(fromBy, "you")}`}, not knowing of that change.
        {now === to ? null : (
          <>
            {" "}
            It now says <q>{text(now)}</q>.
          </>
        )}
      </p>
      <div className="actions">
        <button
          type="button"
          className="button button-small"
          data-testid="conflict-keep"
          onClick={() => decide("keep")}
        >
          <Icon name="check" />
          <span>Keep “{text(now)}”</span>
        </button>
        {report.status === "closed" ? (
          <span className="quiet">Reopen the report to take “{text(from)}” back.</span>
        ) : (
          <button
            type="button"
            className="button button-small button-quiet"
            data-testid="conflict-take"
            onClick={() => decide("take")}
          >
            <Icon name="undo" />
            <span>Take “{text(from)}” back</span>
          </button>
        )}
      </div>
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
