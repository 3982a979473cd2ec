// The fields of a report's form, in the groups in which a report shows them.

import { damages, phases, sizes, timesOfDay, type FieldName, type Problems } from "../../bothy/shared/fields.ts";
import { InputField, SelectField } from "../elements/field.tsx";
import { damageLabel } from "../format.ts";
import { fieldLabels } from "./field-text.ts";
import type { FormTexts } from "./form-draft.ts";
import type { FieldNotes } from "./report-form.tsx";
import { SpeciesList, speciesListId } from "./species-list.tsx";

interface GroupProps {
  /** What the fields open with. */
  readonly texts: FormTexts;
  readonly problems: Problems;
  readonly notes: FieldNotes;
}

/** What was struck. */
export function Wildlife(group: GroupProps) {
  return (
    <fieldset>
      <legend>Wildlife</legend>
      <InputField {...field("species", group)} list={speciesListId} autoComplete="off" />
      <SpeciesList />
      <SelectField {...field("size", group, "Small")} options={sizes} />
    </fieldset>
  );
}

/** When, and what flew. */
export function Flight(group: GroupProps) {
  return (
    <fieldset>
      <legend>Flight</legend>
      <InputField {...field("date", group)} type="date" />
      <SelectField {...field("timeOfDay", group, "Day")} options={timesOfDay} />
      <SelectField {...field("phase", group, "Approach")} options={phases} />
      <InputField {...field("speedKnots", group)} {...hint("speedKnots", group, "knots, if noted")} {...numeric} />
      <InputField {...field("aircraft", group)} autoComplete="off" />
      <InputField {...field("operator", group)} autoComplete="off" />
    </fieldset>
  );
}

/** What came of it. */
export function Harm(group: GroupProps) {
  return (
    <fieldset>
      <legend>Damage and cost</legend>
      <SelectField
        {...field("damage", group, "None")}
        options={damages.map((damage) => [damage, damageLabel(damage)])}
      />
      <InputField {...field("costRepair", group, "0")} {...hint("costRepair", group, "US $")} {...numeric} />
      <InputField {...field("costOther", group, "0")} {...hint("costOther", group, "US $")} {...numeric} />
    </fieldset>
  );
}

/** Text that takes digits: a number field would hand over nothing where something else was typed, and so hide the mistake. */
const numeric = { inputMode: "numeric", autoComplete: "off" } as const;

function field(name: FieldName, { texts, problems, notes }: GroupProps, usual = "") {
  return {
    name,
    label: fieldLabels[name],
    defaultValue: texts[name] || usual,
    hint: notes[name],
    problem: problems[name],
  };
}

function hint(name: FieldName, { notes }: GroupProps, text: string) {
  return { hint: notes[name] ?? text };
}
