import { useState } from "react";
import { Icon } from "../elements/icon.tsx";

/** A line for the terminal, with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <span className="command">
      <code>{text}</code>
      {/* Browsers give the clipboard to secure addresses only; elsewhere one selects the line. */}
      {navigator.clipboard === undefined ? null : (
        <button
          type="button"
          className="icon-button"
          aria-label={`Copy: ${text}`}
          // A browser that refuses leaves the line to be selected.
          onClick={() => void copy().catch(() => undefined)}
        >
          <Icon name={isCopied ? "check" : "copy"} />
        </button>
      )}
    </span>
  );
}
