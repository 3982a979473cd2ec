import { useConnection, useMutation } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import { InputField } from "../elements/field.tsx";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";

/** Sets the name that stands with all this user writes. */
export function NameForm({ name }: { readonly name: string }) {
  // The server names a device at its first contact; until then there is nobody whose name it would be.
  const isUnknown = useConnection().identity === null;
  const setName = useMutation(api.shared.profiles.setName);
  // Undefined while untouched: what another device of this user sets then shows here.
  const [typed, setTyped] = useState<string>();
  const [answer, setAnswer] = useState<{ readonly isRefused: boolean; readonly text: string }>();
  return (
    <form
      className="name-form"
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
        <button type="submit" className="button" data-testid="save" disabled={isUnknown}>
          Save
        </button>
        <span role="status">
          {isUnknown ? "Can be set once this device has reached the server." : null}
          {answer?.isRefused === false ? answer.text : null}
        </span>
      </div>
    </form>
  );
}
