import { Icon } from "../elements/icon.tsx";
import { install, useInstalling } from "./installing.ts";

/** How to put the app among the apps of this device; nothing where it is there or can't be put there. */
export function InstallHint() {
  const installing = useInstalling();
  if (installing === "installed" || installing === "unavailable") return null;
  return (
    <section className="sheet" aria-labelledby="you-install" data-testid="install">
      <h2 id="you-install">Among your apps</h2>
      <p className="quiet">
        Installed, Fieldlog has its own icon and window, and opens with no network like any other app.
      </p>
      {installing === "offered" ? (
        <div className="actions">
          <button type="button" className="button" onClick={install}>
            <Icon name="install" /> Install Fieldlog
          </button>
        </div>
      ) : (
        <p>
          In Safari tap <strong>Share</strong>, then <strong>Add to Home Screen</strong>.
        </p>
      )}
    </section>
  );
}
