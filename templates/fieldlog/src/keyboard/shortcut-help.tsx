import { useState } from "react";
import { Checkbox } from "../elements/checkbox.tsx";
import { Dialog } from "../elements/dialog.tsx";
import { Icon } from "../elements/icon.tsx";
import { Kbd } from "../elements/kbd.tsx";
import { useRemembered } from "../remembered.ts";
import { listKeys, singleKeys } from "./shortcuts.ts";
import { shortcutSetting, useShortcuts } from "./use-shortcuts.ts";

/** The button and the key that list all keys, and the switch that turns single keys off. */
export function ShortcutHelp() {
  const [isOpen, setIsOpen] = useState(false);
  const [setting, set] = useRemembered(shortcutSetting, "on");
  useShortcuts({ help: () => setIsOpen(true) });
  return (
    <>
      <button
        type="button"
        className="icon-button shortcut-button"
        aria-label="Keyboard shortcuts"
        data-testid="shortcut-help"
        onClick={() => setIsOpen(true)}
      >
        <Icon name="help" />
      </button>
      <Dialog title="Keyboard" isOpen={isOpen} onClose={() => setIsOpen(false)} testId="shortcuts">
        <div className="shortcuts" data-off={setting === "off"}>
          <section>
            <h3>Anywhere among the reports</h3>
            <Keys rows={singleKeys} />
            <Checkbox
              data-testid="shortcuts-on"
              checked={setting !== "off"}
              onChange={(event) => set(event.target.checked ? "on" : "off")}
            >
              Single keys act
            </Checkbox>
          </section>
          <section>
            <h3>In the list</h3>
            <Keys rows={listKeys} />
          </section>
        </div>
      </Dialog>
    </>
  );
}

function Keys({ rows }: { readonly rows: readonly { readonly keys: readonly string[]; readonly text: string }[] }) {
  return (
    <dl>
      {rows.map(({ keys, text }) => (
        <div key={text}>
          <dt>
            {keys.map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
          </dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
