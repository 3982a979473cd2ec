import { useEffect } from "react";
import { useConflicts } from "../changes/conflicts.ts";
import { Icon } from "../elements/icon.tsx";
import { LivePanel } from "./live-panel.tsx";
import { nextStep, stepNames } from "./progress.ts";
import { Step } from "./step.tsx";
import { steps } from "./steps.tsx";
import { noteSight, restartProgress, startProgress, useProgress } from "./watch-progress.ts";
import { useWindowCount } from "./windows.ts";

/** How to see with one's own eyes what a network, a server and a second window do to this app: nothing that hurts. */
export function TryScreen() {
  const progress = useProgress();
  const windowCount = useWindowCount();
  const conflictCount = useConflicts().length;
  useEffect(startProgress, []);
  useEffect(() => noteSight({ windowCount, conflictCount }), [windowCount, conflictCount]);
  const next = nextStep(progress);
  const doneCount = stepNames.filter((name) => progress[name] !== undefined).length;
  return (
    <div className="try" data-testid="try">
      <header className="try-head">
        <h1>Pull the plug</h1>
        <p>
          Fieldlog goes on without its server: reading, writing, starting anew. Don’t take our word for it. Do these six
          things; each is ticked when this app has seen it really happen.
        </p>
        <p className="try-count" data-testid="try-count" role="status">
          {doneCount === stepNames.length ? "All six seen." : `${doneCount} of ${stepNames.length} seen`}
        </p>
      </header>
      <LivePanel windowCount={windowCount} />
      <ol className="try-steps">
        {steps.map(({ name, title, Body }, place) => (
          <Step key={name} name={name} number={place + 1} title={title} doneMs={progress[name]} isNext={name === next}>
            <Body />
          </Step>
        ))}
      </ol>
      {next === undefined ? <AllSeen /> : null}
      {doneCount === 0 ? null : (
        <p className="try-foot">
          <button type="button" className="button button-quiet button-small" onClick={restartProgress}>
            <Icon name="undo" />
            Start over
          </button>
        </p>
      )}
    </div>
  );
}

function AllSeen() {
  return (
    <section className="sheet" data-testid="try-done">
      <h2>That was no simulation</h2>
      <p>
        You cut the line, wrote, started the app on nothing, brought the server back, and wrote one field twice. Nothing
        was lost and nothing was applied twice. The functions of this app know nothing of networks: Bothy runs them on
        the device, keeps what waits, and runs it on the server.
      </p>
    </section>
  );
}
