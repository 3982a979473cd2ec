import { useMemo } from "react";
import { formatDollarsShort } from "../format.ts";
import { useMedia } from "../media.ts";
import type { ReportFilters } from "../reports/filters.ts";
import type { FilterText } from "../route.ts";
import { allSpecies, damageBars, monthBars, phaseBars, seasonBars, speciesBars, type Bar } from "./bars.ts";
import { Chart } from "./chart.tsx";
import { ColumnChart } from "./column-chart.tsx";
import { FlightProfile } from "./flight-profile.tsx";
import { costNote, damageNote, peakNote, speciesNote, yearsNote } from "./notes.ts";
import { RowChart } from "./row-chart.tsx";
import { StateChart } from "./state-chart.tsx";
import type { Tally } from "./tally.ts";
import { isTouch as touch } from "./media-queries.ts";
import { yearBars } from "./years.ts";

interface ChartsProps {
  readonly tally: Tally;
  readonly text: FilterText;
  readonly filters: ReportFilters;
  readonly newestDay: string | undefined;
}

const speciesCount = 12;
const costSpeciesCount = 8;
const count = { title: "Reports", measure: "count", format: (amount: number) => amount.toLocaleString("en") } as const;
const cost = {
  title: "Cost",
  measure: "cost",
  format: (amount: number) => (amount === 0 ? "–" : formatDollarsShort(amount)),
} as const;

/** All charts of a tally: when on the left, where and what on the right. */
export function Charts({ tally, text, filters, newestDay }: ChartsProps) {
  return (
    <div className="charts-grid">
      <div>
        <WhenCharts tally={tally} text={text} filters={filters} newestDay={newestDay} />
        <StateChart buckets={tally.buckets.state} total={tally.total.count} text={text} />
      </div>
      <div>
        <WhatCharts tally={tally} text={text} />
      </div>
    </div>
  );
}

function WhenCharts({ tally: { buckets, total }, text, filters, newestDay }: ChartsProps) {
  const isTouch = useMedia(touch);
  const { months, seasons, years } = useMemo(
    () => ({
      months: monthBars(buckets.month, text),
      seasons: seasonBars(buckets.month, text),
      years: yearBars(buckets.year, text, filters),
    }),
    [buckets, text, filters],
  );
  return (
    <>
      <Chart
        name="month"
        title="Month"
        note={peakNote(months, true)}
        bars={months}
        total={total.count}
        draw={(width, marks) => (
          <ColumnChart bars={months} marks={marks} width={width} heightPx={190} labelOf={monthLabel} />
        )}
      />
      <Chart
        name="season"
        title="Season"
        note={peakNote(seasons)}
        bars={seasons}
        total={total.count}
        draw={(width, marks) => (
          <RowChart bars={seasons} marks={marks} width={width} columns={[count]} isTouch={isTouch} />
        )}
      />
      <Chart
        name="year"
        title="Year"
        note={yearsNote(years, newestDay)}
        bars={years}
        total={total.count}
        draw={(width, marks) => (
          <ColumnChart bars={years} marks={marks} width={width} heightPx={170} labelOf={yearLabel} />
        )}
      />
    </>
  );
}

const profileHeightPx = 46;

function WhatCharts({ tally: { buckets, total }, text }: Pick<ChartsProps, "tally" | "text">) {
  const isTouch = useMedia(touch);
  const bars = useMemo(
    () => ({
      phases: phaseBars(buckets.phase, text),
      damages: damageBars(buckets.damage, text),
      species: speciesBars(buckets.species, text, { measure: "count", countMax: speciesCount }),
      costs: speciesBars(buckets.species, text, { measure: "cost", countMax: costSpeciesCount }),
      every: allSpecies(buckets.species, text, "count"),
    }),
    [buckets, text],
  );
  return (
    <>
      <Chart
        name="phase"
        title="Phase of flight"
        note={peakNote(bars.phases)}
        bars={bars.phases}
        total={total.count}
        draw={(width, marks) => (
          <ColumnChart
            bars={bars.phases}
            marks={marks}
            width={width}
            heightPx={230}
            labelOf={phaseLabel}
            isNumbered
            above={{
              heightPx: profileHeightPx,
              draw: (middles) => <FlightProfile middles={middles} heightPx={profileHeightPx} />,
            }}
          />
        )}
      />
      <Chart
        name="damage"
        title="Damage"
        note={damageNote(bars.damages)}
        bars={bars.damages}
        total={total.count}
        draw={(width, marks) => (
          <RowChart bars={bars.damages} marks={marks} width={width} columns={[count, cost]} isTouch={isTouch} />
        )}
      />
      <Chart
        name="species"
        title="Species"
        note={speciesNote(bars.every)}
        bars={bars.species}
        tableBars={bars.every}
        total={total.count}
        draw={(width, marks) => (
          <RowChart bars={bars.species} marks={marks} width={width} columns={[count]} isTouch={isTouch} />
        )}
      />
      <Chart
        name="cost"
        title="Cost by species"
        note={costNote(bars.costs)}
        bars={bars.costs}
        total={total.count}
        draw={(width, marks) => (
          <RowChart bars={bars.costs} marks={marks} width={width} columns={[cost]} isTouch={isTouch} />
        )}
      />
    </>
  );
}

/** A word a line; the first alone where two would not fit. */
function phaseLabel({ label }: Bar, widthPx: number): readonly string[] {
  const words = label.split(" ");
  return widthPx > 56 ? words : words.slice(0, 1);
}

/** Three letters where they fit, else one. */
function monthLabel({ label }: Bar, widthPx: number): readonly string[] {
  return [label.slice(0, widthPx > 30 ? 3 : 1)];
}

/** All of a year where it fits, else its last two figures. */
function yearLabel({ label }: Bar, widthPx: number): readonly string[] {
  return [widthPx > 34 ? label : `’${label.slice(2)}`];
}
