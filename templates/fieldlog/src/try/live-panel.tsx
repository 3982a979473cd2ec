import { useConnection, useOutbox } from "bothy/react";
import type { ReactNode } from "react";
import { Icon } from "../elements/icon.tsx";
import { formatAge, formatCount, formatWait } from "../format.ts";
import { useHeldReports } from "../reports/held-reports.ts";
import { settleMs, stateTexts } from "../standing.ts";
import { useNow } from "../use-now.ts";
import { useSettled } from "../use-settled.ts";
import { useStartsOffline } from "./starts-offline.ts";

const startTexts = {
  yes: "works without a server",
  soon: "works without a server in a moment",
  no: "needs the server at this address",
} as const;

/** How things stand at this moment, read from the client itself. */
export function LivePanel({ windowCount }: { readonly windowCount: number | undefined }) {
  const { state, lastSyncedMs, storageMode, isLeader } = useConnection();
  const shown = useSettled(state, settleMs(state));
  const oldestMs = useOutbox()[0]?.timeMs;
  const waitingCount = useOutbox().length;
  const { reports, airports } = useHeldReports();
  const startsOffline = useStartsOffline();
  const nowMs = useNow(1000);
  const { title, icon, tone } = stateTexts[shown];
  return (
    <section className="sheet try-live" aria-label="How it stands now" data-tone={tone}>
      <div className="line" aria-hidden="true">
        <Icon name="device" />
        <span className="line-wire">
          {waitingCount === 0 ? null : <span className="line-waiting">{waitingCount}</span>}
        </span>
        <Icon name="server" />
      </div>
      <dl>
        <Fact label="Server">
          <span className="try-state" data-testid="try-state">
            <Icon name={icon} />
            {title}
          </span>
        </Fact>
        <Fact label="Waiting" testId="try-waiting">
          {waitingCount === 0
            ? "nothing"
            : `${formatCount(waitingCount, "change")}, oldest ${formatWait(nowMs - (oldestMs ?? nowMs))}`}
        </Fact>
        <Fact label="Last in step">{lastSyncedMs === null ? "never" : formatAge(nowMs - lastSyncedMs)}</Fact>
        <Fact label="On this device" testId="try-held">
          {heldText(reports?.length, airports?.length)}
        </Fact>
        <Fact label="Kept in">
          {storageMode === "memory" ? "memory: gone with the page" : "IndexedDB: survives a restart"}
        </Fact>
        <Fact label="Start">{startTexts[startsOffline]}</Fact>
        <Fact label="Windows" testId="try-windows">
          {windowCount === undefined ? "not told at this address" : `${windowCount} open`}
        </Fact>
        <Fact label="Connection">{isLeader ? "held by this window" : "held by another window"}</Fact>
      </dl>
    </section>
  );
}

function heldText(reportCount: number | undefined, airportCount: number | undefined): string {
  if (reportCount === undefined || airportCount === undefined) return "counting";
  if (airportCount === 0) return "no airport yet";
  return `${formatCount(reportCount, "report")} of ${formatCount(airportCount, "airport")}`;
}

interface FactProps {
  readonly label: string;
  readonly testId?: string;
  readonly children: ReactNode;
}

function Fact({ label, testId, children }: FactProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  );
}
