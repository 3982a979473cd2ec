import { useState, type ReactNode } from "react";
import {
  checkReport,
  damages,
  phases,
  sizes,
  timesOfDay,
  type Problems,
  type ReportFields,
} from "../../bothy/shared/fields.ts";
import { InputField, SelectField } from "../elements/field.tsx";
import { damageLabel } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { readReportForm } from "./read-report-form.ts";
import { SpeciesList, speciesListId } from "./species-list.tsx";

interface ReportFormProps {
  readonly title: string;
  readonly start: Partial<ReportFields>;
  readonly saveLabel: string;
  /** Fields that this form has beyond the report's own. */
  readonly children?: ReactNode;
  readonly onSave: (fields: ReportFields, form: FormData) => Promise<void>;
  readonly onCancel: () => void;
}

/** The form of a report, new, edited or repaired. It refuses what the mutation would refuse, and says so by field. */
export function ReportForm({ title, start, saveLabel, children, onSave, onCancel }: ReportFormProps) {
  const [problems, setProblems] = useState<Problems>({});
  const [refusal, setRefusal] = useState<string>();
  const save = (form: HTMLFormElement) => {
    const entries = new FormData(form);
    const fields = readReportForm(entries);
    const found = checkReport(fields, Date.now());
    setProblems(found);
    setRefusal(undefined);
    const [wrong] = Object.keys(found);
    if (wrong !== undefined) form.querySelector<HTMLElement>(`[name="${wrong}"]`)?.focus();
    else onSave(fields, entries).catch((error: unknown) => setRefusal(refusalText(error)));
  };
  return (
    <form
      className="report-form"
      aria-label={title}
      data-testid="report-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <h1>{title}</h1>
      {children}
      <Wildlife start={start} problems={problems} />
      <Flight start={start} problems={problems} />
      <Harm start={start} problems={problems} />
      {refusal === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {refusal}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="button" data-testid="save">
          {saveLabel}
        </button>
        <button type="button" className="button button-quiet" data-testid="cancel" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface GroupProps {
  readonly start: Partial<ReportFields>;
  readonly problems: Problems;
}

function Wildlife({ start, problems }: GroupProps) {
  return (
    <fieldset>
      <legend>Wildlife</legend>
      <InputField
        label="Species"
        name="species"
        list={speciesListId}
        autoComplete="off"
        defaultValue={start.species ?? ""}
        problem={problems.species}
      />
      <SpeciesList />
      <SelectField
        label="Size"
        name="size"
        options={sizes}
        defaultValue={start.size ?? "Small"}
        problem={problems.size}
      />
    </fieldset>
  );
}

function Flight({ start, problems }: GroupProps) {
  return (
    <fieldset>
      <legend>Flight</legend>
      <InputField label="Date" name="date" type="date" defaultValue={start.date ?? ""} problem={problems.date} />
      <SelectField label="Time of day" name="timeOfDay" options={timesOfDay} defaultValue={start.timeOfDay ?? "Day"} />
      <SelectField label="Phase of flight" name="phase" options={phases} defaultValue={start.phase ?? "Approach"} />
      <InputField
        label="Speed"
        hint="knots, if noted"
        name="speedKnots"
        type="number"
        inputMode="numeric"
        defaultValue={start.speedKnots ?? ""}
        problem={problems.speedKnots}
      />
      <InputField label="Aircraft" name="aircraft" defaultValue={start.aircraft ?? ""} problem={problems.aircraft} />
      <InputField label="Operator" name="operator" defaultValue={start.operator ?? ""} problem={problems.operator} />
    </fieldset>
  );
}

function Harm({ start, problems }: GroupProps) {
  return (
    <fieldset>
      <legend>Damage and cost</legend>
      <SelectField
        label="Damage"
        name="damage"
        options={damages.map((damage) => [damage, damageLabel(damage)])}
        defaultValue={start.damage ?? "None"}
      />
      <InputField
        label="Repair"
        hint="US $"
        name="costRepair"
        type="number"
        inputMode="numeric"
        defaultValue={start.costRepair ?? 0}
        problem={problems.costRepair}
      />
      <InputField
        label="Other costs"
        hint="US $"
        name="costOther"
        type="number"
        inputMode="numeric"
        defaultValue={start.costOther ?? 0}
        problem={problems.costOther}
      />
    </fieldset>
  );
}
