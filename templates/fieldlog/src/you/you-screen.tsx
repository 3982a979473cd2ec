import { useQuery } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";
import { Loading } from "../elements/loading.tsx";
import { Segments } from "../elements/segments.tsx";
import { setTheme, useTheme } from "../theme.ts";
import { InstallHint } from "./install-hint.tsx";
import { NameForm } from "./name-form.tsx";
import { SignOut } from "./sign-out.tsx";
import { ThisDevice } from "./this-device.tsx";

/** The name under which one writes, how the app looks, and what this device holds. */
export function YouScreen() {
  const profile = useQuery(api.shared.profiles.mine, {});
  return (
    <div className="column">
      <div className="pane-head">
        <h1>You</h1>
      </div>
      <section className="sheet" aria-labelledby="you-name">
        <h2 id="you-name">Name</h2>
        {profile.value === undefined ? (
          <Loading what="your name" error={profile.error} />
        ) : (
          <NameForm name={profile.value?.name ?? ""} />
        )}
      </section>
      <ThemeChoice />
      <ThisDevice />
      <InstallHint />
      <SignOut />
    </div>
  );
}

const themes = [
  { value: "system", text: "System", icon: "system" },
  { value: "light", text: "Light", icon: "sun" },
  { value: "dark", text: "Dark", icon: "moon" },
] as const;

function ThemeChoice() {
  const theme = useTheme();
  return (
    <section className="sheet" aria-labelledby="you-look">
      <h2 id="you-look">Look</h2>
      <Segments label="Theme on this device" options={themes} value={theme} onChange={setTheme} />
    </section>
  );
}
