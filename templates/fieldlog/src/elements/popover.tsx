import { useId, useRef, type ReactNode } from "react";

interface PopoverProps {
  /** What the button says. */
  readonly button: ReactNode;
  readonly buttonClass?: string;
  /** What opens, by name. */
  readonly label: string;
  readonly testId?: string;
  /** A press on a `menu-item` in it closes it. */
  readonly children: ReactNode;
}

/** A button and what it opens: beside it where there is room, from the foot of the screen on a phone. */
export function Popover({ button, buttonClass = "button button-quiet", label, testId, children }: PopoverProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button type="button" ref={opener} className={buttonClass} popoverTarget={id} data-testid={testId}>
        {button}
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className="popover"
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest(".menu-item")) event.currentTarget.hidePopover();
        }}
        onToggle={(event) => {
          if (event.newState === "open") placeBeside(event.currentTarget, opener.current);
        }}
      >
        {children}
      </div>
    </>
  );
}

const gapPx = 6;

/** Below the button, or above it where there is more room; never beyond an edge. */
function placeBeside(panel: HTMLElement, opener: HTMLElement | null): void {
  if (opener === null) return;
  const at = opener.getBoundingClientRect();
  const below = innerHeight - at.bottom - gapPx * 2;
  const above = at.top - gapPx * 2;
  const isBelow = below >= Math.min(panel.scrollHeight, above);
  const left = Math.max(gapPx, Math.min(at.left, innerWidth - panel.offsetWidth - gapPx));
  panel.style.setProperty("--left", `${left}px`);
  panel.style.setProperty("--top", isBelow ? `${at.bottom + gapPx}px` : "auto");
  panel.style.setProperty("--bottom", isBelow ? "auto" : `${innerHeight - at.top + gapPx}px`);
  panel.style.setProperty("--room", `${isBelow ? below : above}px`);
}
