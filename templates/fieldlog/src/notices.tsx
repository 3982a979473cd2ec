import { useConnection } from "bothy/react";
import { applyShellUpdate, useShellUpdate } from "./shell-update.ts";

const storageNotices = {
  memory: "This browser keeps nothing for this app: stay online, what is not sent is lost with the page.",
  full: "There is no room left to store what you write. Free some space and reload.",
  lost: "This browser has deleted what the app kept. Stay here until all is sent, then reload.",
  failed: "This browser refuses to store what you write. Reload the page.",
};

/** What a person should know of the app itself, above whatever they are doing. Mostly nothing. */
export function Notices() {
  const { state, storageMode, failedScopes } = useConnection();
  const isUpdateReady = useShellUpdate();
  return (
    <>
      {state === "updateNeeded" ? (
        <p className="notice notice-bad" role="status">
          The server asks for a newer version of this app. All is kept here; reload while online to get it and go on.
        </p>
      ) : null}
      {storageMode === "durable" ? null : (
        <p className="notice notice-bad" role="status">
          {storageNotices[storageMode]}
        </p>
      )}
      {failedScopes.length === 0 ? null : (
        <p className="notice notice-bad" role="status">
          The server can’t say at present what is yours to see. What is shown may be old.
        </p>
      )}
      {isUpdateReady ? (
        <p className="notice" role="status">
          A newer version is ready.{" "}
          <button type="button" className="link" onClick={applyShellUpdate}>
            Restart now
          </button>
        </p>
      ) : null}
    </>
  );
}
