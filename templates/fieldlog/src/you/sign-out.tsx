import { useClient, useConnection } from "bothy/react";
import { useState } from "react";
import { Dialog } from "../elements/dialog.tsx";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { Problem } from "../elements/problem.tsx";
import { formatCount } from "../format.ts";
import { forgetUser } from "../leaving-user.ts";

/** Leaves this device clean for somebody else. The client refuses while that would lose changes, and it is told. */
export function SignOut() {
  const client = useClient();
  const { pendingCount } = useConnection();
  const [isOpen, setIsOpen] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const leave = (discardUnsent: boolean) => {
    client.signOut({ discardUnsent }).then(() => {
      setIsOpen(false);
      forgetUser();
    }, setRefusal);
  };
  const close = () => {
    setIsOpen(false);
    setRefusal(undefined);
  };
  return (
    <section className="sheet" aria-labelledby="you-leave">
      <h2 id="you-leave">Leave this device</h2>
      <p className="quiet">Signing out deletes what is kept here, in all tabs. What was sent stays on the server.</p>
      <div className="actions">
        <button type="button" className="button button-bad" data-testid="sign-out" onClick={() => setIsOpen(true)}>
          <Icon name="leave" />
          Sign out
        </button>
      </div>
      <Dialog title="Sign out of this device?" isOpen={isOpen} onClose={close} testId="sign-out-dialog">
        {refusal === undefined ? (
          <>
            <p>
              Your picks, your name and the reports held here are deleted. You have no password, so you cannot come back
              as the same person.
            </p>
            <div className="actions">
              <button type="button" className="button button-bad" onClick={() => leave(false)}>
                Sign out
              </button>
              <button type="button" className="button button-quiet" onClick={close}>
                Stay
              </button>
            </div>
          </>
        ) : (
          <Refusal error={refusal} waitingCount={pendingCount} onDiscard={() => leave(true)} />
        )}
      </Dialog>
    </section>
  );
}

interface RefusalProps {
  readonly error: unknown;
  readonly waitingCount: number;
  readonly onDiscard: () => void;
}

function Refusal({ error, waitingCount, onDiscard }: RefusalProps) {
  const isUnsent = typeof error === "object" && error !== null && "code" in error && error.code === "unsent_changes";
  if (!isUnsent) return <Problem title="Not signed out" error={error} />;
  const changes = formatCount(waitingCount, "change");
  return (
    <Problem title={`Not signed out: ${changes} would be lost`}>
      <p>Nothing of it has reached the server. Connect and let it be sent first, or throw it away for good.</p>
      <div className="actions">
        <Link className="button" to={{ screen: "changes" }}>
          See what waits
        </Link>
        <button type="button" className="button button-bad" onClick={onDiscard}>
          Throw away {changes}
        </button>
      </div>
    </Problem>
  );
}
