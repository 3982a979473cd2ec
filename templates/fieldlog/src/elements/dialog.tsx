import { useEffect, useId, useRef, type ReactNode } from "react";
import { Icon } from "./icon.tsx";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** What asks for the whole attention: Escape, the cross and a press beside it close it, and the focus goes back. */
export function Dialog({ title, isOpen, onClose, testId, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      data-testid={testId}
      onClose={onClose}
      onClick={(event) => {
        // The dialog's own area is its backdrop: all that is in it lies on the sheet.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {isOpen ? (
        <div className="dialog-sheet">
          <header className="dialog-head">
            <h2 id={titleId}>{title}</h2>
            <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
          {children}
        </div>
      ) : null}
    </dialog>
  );
}
