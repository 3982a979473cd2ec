import { useRejected } from "bothy/react";
import { describeChange } from "../changes/change-text.ts";
import { undoHere } from "../changes/discard-here.ts";
import { useDiscarded } from "../changes/discards.ts";
import { useRoute } from "../route.ts";
import { NoticeLine } from "./notice-line.tsx";

/** What was thrown away where it was made, with the way back. Under Changes it stands in its own place. */
export function DiscardNotice() {
  const { screen } = useRoute();
  const { entries } = useRejected();
  const discarded = entries.filter(useDiscarded());
  if (discarded.length === 0 || screen === "changes") return null;
  return (
    <NoticeLine tone="calm" title="Discarded">
      {discarded.map((entry) => describeChange(entry.name, entry.args).title).join(", ")}. Gone for good once you go
      elsewhere.{" "}
      <button
        type="button"
        className="link"
        data-testid="undo-discard"
        data-undoes={discarded.map(({ n }) => n).join(" ")}
        onClick={() => undoHere(discarded)}
      >
        Undo
      </button>
    </NoticeLine>
  );
}
