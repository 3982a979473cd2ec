import { damages, phases, sizes, timesOfDay, type FieldName, type Problems } from "../../bothy/shared/fields.ts";
import { InputField, SelectField } from "../elements/field.tsx";
import { damageLabel } from "../format.ts";
import { fieldLabels } from "./field-text.ts";
import type { FormTexts } from "./form-draft.ts";
import { SpeciesList, speciesListId } from "./species-list.tsx";

/** What the fields of a form share. */
export interface FieldGroup {
  /** What the fields open with. */
  readonly texts: FormTexts;
  readonly problems: Problems;
  readonly notes: FieldNotes;
}

interface ReportFieldProps extends FieldGroup {
  readonly name: FieldName;
  /** In place of the field's own name, where that stands beside it already. */
  readonly label?: string;
}

/** Text that takes digits: a number field would hand over nothing where something else was typed, and so hide the mistake. */
const numeric = { inputMode: "numeric", autoComplete: "off" } as const;

/** One field of a report, with the control that suits it. */
export function ReportField({ name, label = fieldLabels[name], texts, problems, notes }: ReportFieldProps) {
  const field = (usual = "") => ({
    name,
    label,
    defaultValue: texts[name] || usual,
    hint: notes[name],
    problem: problems[name],
  });
  switch (name) {
    case "species":
      return (
        <>
          <InputField {...field()} list={speciesListId} autoComplete="off" />
          <SpeciesList />
        </>
      );
    case "size":
      return <SelectField {...field("Small")} options={sizes} />;
    case "date":
      return <InputField {...field()} type="date" />;
    case "timeOfDay":
      return <SelectField {...field("Day")} options={timesOfDay} />;
    case "phase":
      return <SelectField {...field("Approach")} options={phases} />;
    case "aircraft":
    case "operator":
      return <InputField {...field()} autoComplete="off" />;
    case "damage":
      return <SelectField {...field("None")} options={damages.map((damage) => [damage, damageLabel(damage)])} />;
    case "speedKnots":
      return <InputField {...field()} hint={notes[name] ?? "knots, if noted"} {...numeric} />;
    case "costRepair":
    case "costOther":
      return <InputField {...field("0")} hint={notes[name] ?? "US $"} {...numeric} />;
  }
}

/** A remark beside a field, by field. */
export type FieldNotes = { readonly [Field in FieldName]?: string };
