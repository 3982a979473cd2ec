import { useMutation, useQuery } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Icon, type IconName } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { Plate } from "../elements/plate.tsx";
import { formatCount, placeOf } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { Dusk } from "./dusk.tsx";

/** Enough for a picture of what the app is, few enough to be there at once. */
const suggestedCount = 5;

/** The first visit: what this is, and the one step that brings something to see. */
export function Welcome() {
  const all = useQuery(api.shared.airports.list, {});
  const suggested = all.value?.slice(0, suggestedCount);
  return (
    <div className="welcome" data-testid="welcome">
      <header className="welcome-head">
        <Dusk />
        <div className="welcome-words">
          <h1>The wildlife log that works on the runway</h1>
          <ul>
            <Line icon="device">Your airports’ reports live on this device: everything answers at once.</Line>
            <Line icon="offline">Read, file and edit without coverage. It is sent when it can be.</Line>
            <Line icon="you">What colleagues write appears as they write, and nothing is lost.</Line>
          </ul>
        </div>
      </header>
      <section className="welcome-pick" aria-labelledby="welcome-pick">
        <h2 id="welcome-pick">Which airports are yours?</h2>
        {suggested === undefined || suggested.length === 0 ? (
          <Loading what="the list of airports" error={all.error} />
        ) : (
          <Suggestions airports={suggested} />
        )}
      </section>
    </div>
  );
}

function Line({ icon, children }: { readonly icon: IconName; readonly children: string }) {
  return (
    <li>
      <Icon name={icon} />
      <span>{children}</span>
    </li>
  );
}

function Suggestions({ airports }: { readonly airports: readonly Doc<"airports">[] }) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string>();
  const addMany = useMutation(api.shared.picks.addMany);
  const chosen = airports.filter(({ _id }) => !left.has(_id));
  const reportCount = chosen.reduce((sum, airport) => sum + airport.reportCount, 0);
  const start = () => {
    setProblem(undefined);
    send(addMany({ airportIds: chosen.map(({ _id }) => _id) })).catch((error: unknown) =>
      setProblem(refusalText(error)),
    );
  };
  return (
    <>
      <p className="quiet">These have most reports on record. Start with them, and change it whenever you like.</p>
      <ul className="welcome-airports">
        {airports.map((airport) => (
          <li key={airport._id}>
            <label className="welcome-airport">
              <input
                type="checkbox"
                checked={!left.has(airport._id)}
                onChange={() => setLeft(toggled(left, airport._id))}
              />
              <Plate iata={airport.iata} />
              <span className="row-main">
                <strong className="row-title">{airport.name}</strong>
                <span className="row-sub">
                  {[placeOf(airport), formatCount(airport.reportCount, "report")].filter(Boolean).join(" · ")}
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {problem === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {problem}
        </p>
      )}
      <div className="welcome-actions">
        <button
          type="button"
          className="button button-large"
          data-testid="welcome-start"
          disabled={chosen.length === 0}
          onClick={start}
        >
          Start with {formatCount(chosen.length, "airport")}
        </button>
        <Link className="button button-quiet button-large" to={{ screen: "airports" }}>
          Choose airports
        </Link>
        <p className="quiet">{formatCount(reportCount, "report")} will be kept on this device.</p>
      </div>
    </>
  );
}

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
