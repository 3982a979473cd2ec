import { useMutation, useQuery } from "bothy/react";
import { useMemo, useRef, useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { pickCountMax } from "../../bothy/shared/picks.ts";
import { Empty } from "../elements/empty.tsx";
import { InputField } from "../elements/field.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { formatCount } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { useRowWindow } from "../window-rows.ts";
import { AirportRow } from "./airport-row.tsx";
import { findAirports } from "./find-airports.ts";

const rowHeightPx = 64;

/** Picks the airports whose reports this user's devices hold. */
export function AirportsScreen() {
  const all = useQuery(api.shared.airports.list, {});
  const picked = useQuery(api.shared.picks.airports, {}).value ?? [];
  const [search, setSearch] = useState("");
  const found = useMemo(() => findAirports(all.value ?? [], search), [all.value, search]);
  const pickedIds = new Set<string>(picked.map((airport) => airport._id));
  return (
    <div className="column column-fill">
      <div className="pane-head">
        <h1>Airports</h1>
        <p className="quiet">{formatCount(picked.length, "airport")} picked</p>
      </div>
      <search className="airport-search">
        <InputField
          label="Find an airport"
          name="search"
          type="search"
          data-testid="airport-search"
          placeholder="Code, name, city or state"
          autoComplete="off"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </search>
      <PickAll airports={all.value ?? []} pickedIds={pickedIds} />
      {all.value === undefined ? (
        <Loading what="the list of airports" error={all.error} />
      ) : found.length === 0 ? (
        <NothingFound isKnown={all.complete} search={search} />
      ) : (
        <AirportList airports={found} pickedIds={pickedIds} />
      )}
      {picked.length > 0 ? (
        <Link className="button column-foot" to={{ screen: "reports", pane: { kind: "none" }, filters: {} }}>
          Show reports of {formatCount(picked.length, "airport")}
        </Link>
      ) : null}
    </div>
  );
}

interface AirportListProps {
  readonly airports: readonly Doc<"airports">[];
  readonly pickedIds: ReadonlySet<string>;
}

function AirportList({ airports, pickedIds }: AirportListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { first, end } = useRowWindow(scroller, airports.length, rowHeightPx);
  const add = useMutation(api.shared.picks.add);
  const remove = useMutation(api.shared.picks.remove);
  const [problem, setProblem] = useState<string>();
  const toggle = (airport: Doc<"airports">) => {
    setProblem(undefined);
    const change = pickedIds.has(airport._id) ? remove : add;
    send(change({ airportId: airport._id })).catch((error: unknown) => setProblem(refusalText(error)));
  };
  return (
    <>
      {problem === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {problem}
        </p>
      )}
      <div className="scroller" ref={scroller}>
        <ul className="rows rows-airports" aria-label="Airports" style={{ height: airports.length * rowHeightPx }}>
          {airports.slice(first, end).map((airport, index) => (
            <li
              key={airport._id}
              aria-setsize={airports.length}
              aria-posinset={first + index + 1}
              style={{ transform: `translateY(${(first + index) * rowHeightPx}px)` }}
            >
              <AirportRow airport={airport} isPicked={pickedIds.has(airport._id)} onToggle={() => toggle(airport)} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

/** Picks, as one change, every airport of which anything is on record: few enough for a device to hold them all. */
function PickAll({ airports, pickedIds }: AirportListProps) {
  const addMany = useMutation(api.shared.picks.addMany);
  const [problem, setProblem] = useState<string>();
  const recorded = airports.filter(({ reportCount }) => reportCount > 0);
  const missing = recorded.filter(({ _id }) => !pickedIds.has(_id));
  if (missing.length < 2 || missing.length + pickedIds.size > pickCountMax) return null;
  const pickAll = () => {
    setProblem(undefined);
    send(addMany({ airportIds: missing.map(({ _id }) => _id) })).catch((error: unknown) =>
      setProblem(refusalText(error)),
    );
  };
  return (
    <p className="pick-all">
      <button type="button" className="button button-quiet button-small" data-testid="pick-all" onClick={pickAll}>
        Pick all {recorded.length} airports with reports
      </button>
      {problem === undefined ? null : (
        <span className="field-problem" role="alert">
          {problem}
        </span>
      )}
    </p>
  );
}

function NothingFound({ isKnown, search }: { readonly isKnown: boolean; readonly search: string }) {
  if (!isKnown) return <Loading what="the list of airports" />;
  return (
    <Empty title="No such airport">
      <p>
        {search === ""
          ? "The server has no airports yet."
          : `Nothing is called “${search}”. Try its three-letter code.`}
      </p>
    </Empty>
  );
}
