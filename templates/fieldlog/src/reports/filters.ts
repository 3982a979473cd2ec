import { damages, phases, sizes, type Damage, type Phase, type Size } from "../../bothy/shared/fields.ts";
import type { ReportFilters } from "../../bothy/shared/filters.ts";
import type { FilterText } from "../route.ts";

/** Makes filters of what stands in the address; what makes no sense there filters nothing. */
export function parseFilterText(text: FilterText): ReportFilters {
  const filters: ReportFilters = {};
  const size = oneOf<Size>(sizes, text["size"]);
  const phase = oneOf<Phase>(phases, text["phase"]);
  const damage = oneOf<Damage>(damages, text["damage"]);
  if (text["species"] !== undefined) filters.species = text["species"];
  if (size !== undefined) filters.size = size;
  if (phase !== undefined) filters.phase = phase;
  if (damage !== undefined) filters.damage = damage;
  if (isDay(text["from"])) filters.from = text["from"];
  if (isDay(text["to"])) filters.to = text["to"];
  return filters;
}

function oneOf<Choice extends string>(choices: readonly Choice[], text: string | undefined): Choice | undefined {
  return choices.find((choice) => choice === text);
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text);
}
