import { createContext, use, useState, type ReactNode } from "react";
import { Checkbox } from "../elements/checkbox.tsx";
import { Dialog } from "../elements/dialog.tsx";
import { Icon } from "../elements/icon.tsx";
import { Kbd } from "../elements/kbd.tsx";
import { useRemembered } from "../remembered.ts";
import { listKeys, singleKeys } from "./shortcuts.ts";
import { shortcutSetting, useShortcuts } from "./use-shortcuts.ts";

const OpenHelp = createContext<() => void>(() => undefined);

/** Lists all keys on the one that asks for them, whatever screen is open, and holds the switch that turns single keys off. */
export function ShortcutHelp({ children }: { readonly children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false);
  const open = () => setIsOpen(true);
  useShortcuts({ help: open });
  return (
    <OpenHelp value={open}>
      {children}
      <Dialog title="Keyboard" isOpen={isOpen} onClose={() => setIsOpen(false)} testId="shortcuts">
        <KeyLists />
      </Dialog>
    </OpenHelp>
  );
}

/** Opens that list by a press. */
export function ShortcutButton() {
  return (
    <button
      type="button"
      className="icon-button shortcut-button"
      aria-label="Keyboard shortcuts"
      data-testid="shortcut-help"
      onClick={use(OpenHelp)}
    >
      <Icon name="help" />
    </button>
  );
}

function KeyLists() {
  const [setting, set] = useRemembered(shortcutSetting, "on");
  return (
    <div className="shortcuts" data-off={setting === "off"}>
      <section>
        <h3>Anywhere</h3>
        <Keys rows={singleKeys.filter(({ isEverywhere }) => isEverywhere)} />
        <h3>Among the reports</h3>
        <Keys rows={singleKeys.filter(({ isEverywhere }) => !isEverywhere)} />
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
