import { Link } from "../elements/link.tsx";
import { formatDay, formatDollars, formatDollarsShort, formatShare } from "../format.ts";
import type { FilterText } from "../route.ts";
import type { Tally } from "./tally.ts";

interface TotalsProps {
  readonly tally: Tally;
  readonly heldCount: number;
  readonly filters: FilterText;
}

/** The four numbers above all charts. */
export function Totals({ tally: { total, costliest }, heldCount, filters }: TotalsProps) {
  const isAll = total.count === heldCount;
  return (
    <dl className="totals">
      <div>
        <dt>Reports</dt>
        <dd data-testid="total-reports">{total.count.toLocaleString("en")}</dd>
        <dd className="totals-note">
          {isAll ? "all on this device" : `of ${heldCount.toLocaleString("en")} on this device`}
        </dd>
      </div>
      <div>
        <dt>With damage</dt>
        <dd data-testid="total-damaged">{total.damagedCount.toLocaleString("en")}</dd>
        <dd className="totals-note">{total.count === 0 ? "" : formatShare(total.damagedCount / total.count)}</dd>
      </div>
      <div>
        <dt>Total cost</dt>
        <dd data-testid="total-cost">{formatDollarsShort(total.cost)}</dd>
        <dd className="totals-note">
          {total.cost === 0 ? "repair and other" : `${formatDollars(total.cost / total.count)} a report`}
        </dd>
      </div>
      <div>
        <dt>Costliest</dt>
        {costliest === undefined ? (
          <dd>–</dd>
        ) : (
          <>
            <dd data-testid="total-costliest">
              {formatDollarsShort(costliest.report.costRepair + costliest.report.costOther)}
            </dd>
            <dd className="totals-note">
              <Link to={{ screen: "reports", pane: { kind: "report", reportId: costliest.report._id }, filters }}>
                {costliest.report.species}, {costliest.airport?.iata ?? costliest.airport?.name ?? "an airport"},{" "}
                {formatDay(costliest.report.date)}
              </Link>
            </dd>
          </>
        )}
      </div>
    </dl>
  );
}
