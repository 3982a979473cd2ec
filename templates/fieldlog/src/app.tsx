import { useConnection, useRejected } from "bothy/react";
import { useEffect, type ReactNode } from "react";
import { AirportsScreen } from "./airports/airports-screen.tsx";
import { ChangesScreen } from "./changes/changes-screen.tsx";
import { RepairScreen } from "./changes/repair-screen.tsx";
import { ConnectionBadge } from "./connection-badge.tsx";
import { Link } from "./elements/link.tsx";
import { Notices } from "./notices.tsx";
import { ReportsScreen } from "./reports/reports-screen.tsx";
import { useRoute, type Route } from "./route.ts";
import { YouScreen } from "./you/you-screen.tsx";

/** The frame of the app: where one can go, how it stands with the server, and the screen of the route. */
export function App() {
  const route = useRoute();
  useEffect(() => {
    document.title = `${titles[route.screen]} · Fieldlog`;
  }, [route.screen]);
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <header className="rail">
        <p className="brand">
          <svg viewBox="0 0 64 24" aria-hidden="true">
            <path d="M2 8c10-7 20-6 30 8 10-14 20-15 30-8-9-2-19 0-30 14C21 8 11 6 2 8Z" />
          </svg>
          Fieldlog
        </p>
        <ConnectionBadge />
        <Navigation current={route} />
      </header>
      <main id="main" tabIndex={-1}>
        <Notices />
        <Screen route={route} />
      </main>
    </div>
  );
}

const titles = {
  reports: "Reports",
  airports: "Airports",
  changes: "Changes",
  repair: "Repair a change",
  you: "You",
} as const;

function Screen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case "reports":
      return <ReportsScreen pane={route.pane} filters={route.filters} />;
    case "airports":
      return <AirportsScreen />;
    case "changes":
      return <ChangesScreen />;
    case "repair":
      return <RepairScreen key={route.n} n={route.n} />;
    case "you":
      return <YouScreen />;
  }
}

function Navigation({ current }: { readonly current: Route }) {
  const { pendingCount } = useConnection();
  const { entries } = useRejected();
  const screen = current.screen === "repair" ? "changes" : current.screen;
  const item = (to: Route, text: string, icon: ReactNode, count = 0) => (
    <li>
      <Link to={to} aria-current={screen === to.screen ? "page" : undefined}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          {icon}
        </svg>
        <span>{text}</span>
        {count > 0 ? <span className="count">{count}</span> : null}
      </Link>
    </li>
  );
  return (
    <nav aria-label="Fieldlog">
      <ul>
        {item(
          { screen: "reports", pane: { kind: "none" }, filters: {} },
          "Reports",
          <path d="M5 4h14v16H5zM9 9h6M9 13h6M9 17h3" />,
        )}
        {item({ screen: "airports" }, "Airports", <path d="M12 21V9M8 21h8M7 9h10l-1.5-5h-7zM12 4V2" />)}
        {item({ screen: "changes" }, "Changes", <path d="M4 9h13l-3-4M20 15H7l3 4" />, pendingCount + entries.length)}
        {item({ screen: "you" }, "You", <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c1-5 4-6 8-6s7 1 8 6" />)}
      </ul>
    </nav>
  );
}

/** The hash names the screen, so the link moves the focus itself. */
function skipToMain(event: { preventDefault(): void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
