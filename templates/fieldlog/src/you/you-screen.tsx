import { useMutation, useQuery } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import { InputField } from "../elements/field.tsx";
import { Loading } from "../elements/loading.tsx";
import { formatCount } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";

/** The name under which one writes, and what this device holds. */
export function YouScreen() {
  const profile = useQuery(api.shared.profiles.mine, {});
  return (
    <div className="column">
      <div className="pane-head">
        <h1>You</h1>
      </div>
      {profile.value === undefined ? (
        <Loading what="your name" error={profile.error} />
      ) : (
        <NameForm name={profile.value?.name ?? ""} />
      )}
      <Holdings />
    </div>
  );
}

function NameForm({ name }: { readonly name: string }) {
  const setName = useMutation(api.shared.profiles.setName);
  // Undefined while untouched: what another device of this user sets then shows here.
  const [typed, setTyped] = useState<string>();
  const [answer, setAnswer] = useState<{ readonly isRefused: boolean; readonly text: string }>();
  return (
    <form
      className="sheet"
      onSubmit={(event) => {
        event.preventDefault();
        send(setName({ name: typed ?? name })).then(
          () => setAnswer({ isRefused: false, text: "Kept." }),
          (error: unknown) => setAnswer({ isRefused: true, text: refusalText(error) }),
        );
      }}
    >
      <InputField
        label="Display name"
        hint="stands with what you file, close and say from now on"
        name="name"
        data-testid="display-name"
        autoComplete="name"
        value={typed ?? name}
        problem={answer?.isRefused ? answer.text : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          setAnswer(undefined);
        }}
      />
      <div className="actions">
        <button type="submit" className="button" data-testid="save">
          Save
        </button>
        <span role="status">{answer?.isRefused === false ? answer.text : ""}</span>
      </div>
    </form>
  );
}

function Holdings() {
  const airports = useQuery(api.shared.picks.airports, {}).value;
  const reports = useQuery(
    api.shared.reports.list,
    airports === undefined ? "skip" : { airportIds: airports.map((airport) => airport._id) },
  ).value;
  return (
    <section className="sheet">
      <h2>On this device</h2>
      <p>
        {airports === undefined || reports === undefined
          ? "Counting …"
          : `${formatCount(reports.length, "report")} of ${formatCount(airports.length, "airport")}, with their comments.`}
      </p>
      <p className="quiet">
        They can be read, edited and added to with no network. What you write is kept here and sent when the server can
        be reached again.
      </p>
    </section>
  );
}
