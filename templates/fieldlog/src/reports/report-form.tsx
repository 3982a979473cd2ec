import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { checkReport, fieldNames, type Problems, type ReportFields } from "../../bothy/shared/fields.ts";
import { formatCount } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { formTexts, keepDraft, type FormTexts } from "./form-draft.ts";
import { readReportForm, reportTexts } from "./read-report-form.ts";
import type { FieldNotes } from "./report-field.tsx";
import { Flight, Harm, Wildlife } from "./report-form-groups.tsx";

interface ReportFormProps {
  readonly title: string;
  readonly start: Partial<ReportFields>;
  readonly saveLabel: string;
  /** Under this name what is typed is kept. Whoever saves or cancels drops it. */
  readonly draftKey?: string;
  /** What was typed before, over what the form starts with. */
  readonly typed?: FormTexts | undefined;
  /** What is worth knowing of a field while one fills it in. */
  readonly notes?: FieldNotes;
  /** Fields that this form has beyond the report's own. */
  readonly children?: ReactNode;
  readonly onSave: (fields: ReportFields, form: FormData) => Promise<void>;
  readonly onCancel: () => void;
}

/** The form of a report, new, edited or repaired. It refuses what the mutation would refuse, and says so by field. */
export function ReportForm(props: ReportFormProps) {
  const { title, start, saveLabel, draftKey, typed, notes = {}, children, onSave, onCancel } = props;
  const [shown] = useState(() => reportTexts(start));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [problems, setProblems] = useState<Problems>({});
  const [refusal, setRefusal] = useState<string>();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  // A second press, before the first is stored, would file it twice.
  const isSaving = useRef(false);
  useEffect(() => {
    // With a keyboard one goes on to write; on a phone the keyboard would cover what one came to read.
    const first = matchMedia("(pointer: fine)").matches ? "input, select" : "h1";
    heading.current?.closest("form")?.querySelector<HTMLElement>(first)?.focus();
  }, []);
  const problemCount = Object.keys(problems).length;
  const group = { texts: { ...shown, ...typed }, problems, notes };
  /** Checks one field when it is left, and again while it is put right. */
  const recheck = (form: HTMLFormElement, name: string) => {
    const field = fieldNames.find((one) => one === name);
    if (field === undefined) return;
    const { [field]: _, ...others } = problems;
    const problem = checkReport(readReportForm(new FormData(form)), Date.now())[field];
    setProblems(problem === undefined ? others : { ...others, [field]: problem });
  };
  const save = (form: HTMLFormElement) => {
    const entries = new FormData(form);
    const fields = readReportForm(entries);
    const found = checkReport(fields, Date.now());
    setProblems(found);
    setRefusal(undefined);
    if (Object.keys(found).length > 0) return focusFirst(form, found);
    if (isSaving.current) return;
    isSaving.current = true;
    onSave(fields, entries)
      .catch((error: unknown) => setRefusal(refusalText(error)))
      .finally(() => {
        isSaving.current = false;
      });
  };
  return (
    <form
      className="report-form"
      aria-label={title}
      data-testid="report-form"
      noValidate
      onInput={(event) => {
        const form = event.currentTarget;
        if (draftKey !== undefined) keepDraft(draftKey, { shown, typed: formTexts(new FormData(form)) });
        const name = nameOf(event.target);
        setTouched(new Set([...touched, name]));
        if (name in problems) recheck(form, name);
      }}
      onBlur={(event) => {
        // A field that one only passes through is no mistake yet.
        const name = nameOf(event.target);
        if (touched.has(name)) recheck(event.currentTarget, name);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
      <Wildlife {...group} />
      <Flight {...group} />
      <Harm {...group} />
      {refusal === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {refusal}
        </p>
      )}
      {/* A press takes the focus only when it ends: a field left sooner may say what is wrong, and push the button away. */}
      <div className="actions form-actions" onMouseDown={(event) => event.preventDefault()}>
        <button type="submit" className="button" data-testid="save" aria-describedby={`${id}-problems`}>
          {saveLabel}
        </button>
        <button type="button" className="button button-quiet" data-testid="cancel" onClick={onCancel}>
          Cancel
        </button>
        <span className="field-problem" id={`${id}-problems`} role="status">
          {problemCount === 0 ? "" : `${formatCount(problemCount, "field")} to put right`}
        </span>
      </div>
    </form>
  );
}

function nameOf(target: EventTarget): string {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.name : "";
}

/** The first in the order in which they are seen. */
function focusFirst(form: HTMLFormElement, problems: Problems): void {
  for (const element of form.elements) {
    if (element instanceof HTMLElement && (element.getAttribute("name") ?? "") in problems) return element.focus();
  }
}
