import { useClient, useConnection } from "bothy/react";
import type { ReactNode } from "react";
import { useConflicts } from "../changes/conflicts.ts";
import { GoOnline } from "../changes/go-online.tsx";
import { Icon } from "../elements/icon.tsx";
import { Kbd } from "../elements/kbd.tsx";
import { Link } from "../elements/link.tsx";
import { formatDay } from "../format.ts";
import { useHeldReports } from "../reports/held-reports.ts";
import { formatRoute, type Route } from "../route.ts";
import { Command } from "./command.tsx";
import type { StepName } from "./progress.ts";
import { isThisMachine, startCommand } from "./start-command.ts";
import { useStartsOffline } from "./starts-offline.ts";

interface StepText {
  readonly name: StepName;
  readonly title: string;
  readonly Body: () => ReactNode;
}

/** What there is to do, in this order. */
export const steps: readonly StepText[] = [
  { name: "cut", title: "Stop the server", Body: Cut },
  { name: "write", title: "Write something", Body: Write },
  { name: "reload", title: "Start the app without a server", Body: Reload },
  { name: "back", title: "Bring the server back", Body: Back },
  { name: "second", title: "Open a second window", Body: Second },
  { name: "conflict", title: "Disagree with yourself", Body: Disagree },
];

function Cut() {
  const client = useClient();
  const { state } = useConnection();
  return (
    <>
      <p>
        {isThisMachine(location.hostname) ? "In the terminal in which" : "On the machine that serves this page, where"}{" "}
        <code>{startCommand(location)}</code> runs, press <Kbd>Ctrl</Kbd> <Kbd>C</Kbd>. Or leave the server alone and
        cut only this browser off:
      </p>
      <div className="actions">
        {state === "paused" ? (
          <GoOnline testId="go-online" />
        ) : (
          <button
            type="button"
            className="button button-small"
            data-testid="work-offline"
            onClick={() => void client.pause()}
          >
            <Icon name="offline" />
            Work offline
          </button>
        )}
      </div>
      <p className="quiet">Flight mode, a pulled cable and the browser’s own offline switch do it too.</p>
    </>
  );
}

function Write() {
  const report = useSomeReport();
  if (report === undefined) return <PickFirst />;
  return (
    <>
      <p>
        Edit a report, comment on one, file a new one. It shows at once, is kept in this browser, and waits under
        Changes.
      </p>
      <div className="actions">
        <Link className="button button-small" data-testid="try-edit" to={editOf(report._id)}>
          <Icon name="edit" />
          Edit {report.species}, {formatDay(report.date)}
        </Link>
        <Link className="button button-small button-quiet" to={{ screen: "changes" }}>
          See what waits
        </Link>
      </div>
    </>
  );
}

function Reload() {
  const startsOffline = useStartsOffline();
  return (
    <>
      <p>
        The server is still gone, and what you wrote waits. Reload this page, or close the browser and open it again:
        the app, its records and what waits are all on this device.
      </p>
      {startsOffline === "no" ? (
        <p className="notice">
          Not at this address: browsers let an app start without a network only over https, or from the machine itself.
        </p>
      ) : (
        <div className="actions">
          <button type="button" className="button button-small" onClick={() => location.reload()}>
            <Icon name="retry" />
            Reload this page
          </button>
        </div>
      )}
    </>
  );
}

function Back() {
  const { state } = useConnection();
  return (
    <>
      <p>
        {state === "paused"
          ? "You have cut this browser off yourself, so go online again."
          : "Start it again, in the same folder. This page finds it by itself."}{" "}
        What waits is sent in order, and each change is applied once.
      </p>
      {state === "paused" ? (
        <div className="actions">
          <GoOnline />
        </div>
      ) : (
        <Command text={startCommand(location)} />
      )}
    </>
  );
}

function Second() {
  return (
    <>
      <p>
        Windows of one browser share one store and one connection: what you write in one is in the other before the
        server has heard of it, offline too. In a private window you are somebody else, and the server stands between.
      </p>
      <div className="actions">
        <a className="button button-small" href={location.pathname} target="_blank" rel="noopener">
          <Icon name="window" />
          Open a second window
        </a>
      </div>
    </>
  );
}

function Disagree() {
  const report = useSomeReport();
  const reportId = useConflicts()[0]?.reportId;
  if (report === undefined) return <PickFirst />;
  return (
    <>
      <p>
        Open the same report for editing in both windows, type something else into the same field, and save both. The
        second to arrive stands; the report says who wrote what over what, and asks which is to stay.
      </p>
      <div className="actions">
        <Link className="button button-small" to={editOf(report._id)}>
          <Icon name="edit" />
          Edit it here
        </Link>
        <a
          className="button button-small button-quiet"
          href={formatRoute(editOf(report._id))}
          target="_blank"
          rel="noopener"
        >
          <Icon name="window" />
          Edit it in another window
        </a>
        {reportId === undefined ? null : (
          <Link
            className="button button-small button-quiet"
            to={{ screen: "reports", pane: { kind: "report", reportId }, filters: {} }}
          >
            See the conflict
          </Link>
        )}
      </div>
    </>
  );
}

function PickFirst() {
  return (
    <p>
      This device holds no reports yet. <Link to={{ screen: "airports" }}>Pick an airport</Link> first, while online.
    </p>
  );
}

function editOf(reportId: string): Route {
  return { screen: "reports", pane: { kind: "edit", reportId }, filters: {} };
}

/** An open report to play with. */
function useSomeReport() {
  return useHeldReports().reports?.find(({ report }) => report.status === "open")?.report;
}
