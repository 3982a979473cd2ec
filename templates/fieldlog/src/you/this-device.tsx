import { useConnection } from "bothy/react";
import type { ReactNode } from "react";
import { formatAge, formatBytes, formatCount } from "../format.ts";
import { useHeldReports } from "../reports/held-reports.ts";
import { useNow } from "../use-now.ts";
import { useDeviceStorage } from "./device-storage.ts";

/** What this device holds, how fresh it is, and how safe. */
export function ThisDevice() {
  const { airports, reports } = useHeldReports();
  const { lastSyncedMs, pendingCount, storageMode } = useConnection();
  const nowMs = useNow();
  const [storage, askToPersist] = useDeviceStorage();
  return (
    <section className="sheet" aria-labelledby="you-device">
      <h2 id="you-device">This device</h2>
      <p className="quiet">
        What it holds can be read, edited and added to with no network. What you write is kept here and sent when the
        server can be reached.
      </p>
      <dl className="holdings" data-testid="holdings">
        <Fact name="Holds">
          {airports === undefined || reports === undefined
            ? "Counting …"
            : `${formatCount(reports.length, "report")} of ${formatCount(airports.length, "airport")}, with comments and history`}
        </Fact>
        <Fact name="As of">{lastSyncedMs === null ? "Not synced yet" : formatAge(nowMs - lastSyncedMs)}</Fact>
        <Fact name="Not sent yet">{pendingCount === 0 ? "Nothing" : formatCount(pendingCount, "change")}</Fact>
        <Fact name="Room taken">{storage.usedBytes === undefined ? "Not told" : formatBytes(storage.usedBytes)}</Fact>
        <Fact name="Kept">
          {storageMode === "durable" ? keptText(storage.isPersistent) : "Only while this page is open"}
        </Fact>
      </dl>
      {storageMode === "durable" && storage.isPersistent === false ? (
        <div className="actions">
          <button type="button" className="button button-quiet" onClick={askToPersist}>
            Ask the browser to keep it
          </button>
        </div>
      ) : null}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function keptText(isPersistent: boolean | undefined): string {
  if (isPersistent === undefined) return "Until the browser is told to forget it";
  return isPersistent ? "Until you sign out" : "Until the browser needs the room";
}
