// The fields of a report's form, in the groups in which a report shows them.

import { ReportField, type FieldGroup } from "./report-field.tsx";

/** What was struck. */
export function Wildlife(group: FieldGroup) {
  return (
    <fieldset>
      <legend>Wildlife</legend>
      <ReportField name="species" {...group} />
      <ReportField name="size" {...group} />
    </fieldset>
  );
}

/** When, and what flew. */
export function Flight(group: FieldGroup) {
  return (
    <fieldset>
      <legend>Flight</legend>
      <ReportField name="date" {...group} />
      <ReportField name="timeOfDay" {...group} />
      <ReportField name="phase" {...group} />
      <ReportField name="speedKnots" {...group} />
      <ReportField name="aircraft" {...group} />
      <ReportField name="operator" {...group} />
    </fieldset>
  );
}

/** What came of it. */
export function Harm(group: FieldGroup) {
  return (
    <fieldset>
      <legend>Damage and cost</legend>
      <ReportField name="damage" {...group} />
      <ReportField name="costRepair" {...group} />
      <ReportField name="costOther" {...group} />
    </fieldset>
  );
}
