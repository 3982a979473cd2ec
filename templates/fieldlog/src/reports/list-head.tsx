import { formatCount, formatMonth } from "../format.ts";
import { focusPane } from "./focus-pane.ts";

interface ListHeadProps {
  readonly foundCount: number;
  readonly heldCount: number;
  readonly selectedCount: number;
  readonly isComplete: boolean;
  /** The day of the report at the upper edge; absent where the list does not stand by date. */
  readonly topDate: string | undefined;
  /** Boxes stand beside the rows. */
  readonly isSelecting: boolean;
  readonly onSelect: () => void;
  readonly onSelectAll: () => void;
  readonly onSelectNone: () => void;
  readonly onClose: () => void;
}

/** How many were found and how far one has come in time; once rows are selected, what can be done with them. */
export function ListHead(props: ListHeadProps) {
  const { foundCount, heldCount, selectedCount, isSelecting, isComplete, topDate } = props;
  return (
    <div className="list-head" data-selecting={isSelecting} data-testid="list-head">
      <p role="status">
        <span>
          {isSelecting
            ? `${selectedCount.toLocaleString("en")} selected`
            : `${formatCount(foundCount, "report")}${isComplete ? "" : " so far"}`}
        </span>
        {isSelecting || foundCount === heldCount ? null : <small> of {heldCount.toLocaleString("en")}</small>}
      </p>
      {isSelecting ? null : (
        <p className="list-top" aria-hidden="true">
          {topDate === undefined ? "" : formatMonth(topDate)}
        </p>
      )}
      {foundCount === 0 || (isSelecting && selectedCount === foundCount) ? null : (
        <button
          type="button"
          className="link"
          data-testid={isSelecting ? "select-all" : "select"}
          onClick={(event) => {
            if (!isSelecting) return props.onSelect();
            focusPane(event.currentTarget);
            return props.onSelectAll();
          }}
        >
          {isSelecting ? "Select all" : "Select"}
        </button>
      )}
      {isSelecting ? (
        <span className="selection-acts">
          <button
            type="button"
            className="button button-small"
            data-testid="close-selected"
            disabled={selectedCount === 0}
            onClick={props.onClose}
          >
            Close …
          </button>
          <button
            type="button"
            className="button button-quiet button-small"
            data-testid="select-none"
            onClick={(event) => {
              focusPane(event.currentTarget);
              props.onSelectNone();
            }}
          >
            Done
          </button>
        </span>
      ) : null}
    </div>
  );
}

export interface Deed {
  readonly text: string;
  /** What can be done about it, on the spot. */
  readonly remedy?: { readonly label: string; readonly act: () => void };
}

/** What was done from the list, or why not, and the way back: it stays until something else is done. */
export function DeedLine({ deed }: { readonly deed: Deed | undefined }) {
  const remedy = deed?.remedy;
  return (
    <p className="deed" role="status" data-testid="deed">
      {deed === undefined ? null : <span>{deed.text}</span>}
      {remedy === undefined ? null : (
        <button
          type="button"
          className="link"
          data-testid="undo"
          onClick={(event) => {
            focusPane(event.currentTarget);
            remedy.act();
          }}
        >
          {remedy.label}
        </button>
      )}
    </p>
  );
}
