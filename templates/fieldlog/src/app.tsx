import { lazy, Suspense, useEffect, useLayoutEffect, useRef } from "react";
import { AirportsScreen } from "./airports/airports-screen.tsx";
import { ChangesScreen } from "./changes/changes-screen.tsx";
import { useCarryOutDiscards } from "./changes/discards.ts";
import { RepairScreen } from "./changes/repair-screen.tsx";
import { ConnectionBadge } from "./connection-badge.tsx";
import { Empty } from "./elements/empty.tsx";
import { Loading } from "./elements/loading.tsx";
import { ShortcutHelp } from "./keyboard/shortcut-help.tsx";
import { useKeysEverywhere } from "./keyboard/use-keys-everywhere.ts";
import { ErrorBoundary } from "./elements/error-boundary.tsx";
import { Navigation } from "./navigation.tsx";
import { Notices } from "./notices/notices.tsx";
import { ReportsScreen } from "./reports/reports-screen.tsx";
import { formatRoute, useRoute, type Route } from "./route.ts";
import { TryScreen } from "./try/try-screen.tsx";
import { YouScreen } from "./you/you-screen.tsx";

/** The frame of the app: where one can go, how it stands with the server, and the screen of the route. */
export function App() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  useFrameTitle(titleOf(route));
  useFocusOfScreen(main, route.screen);
  useCarryOutDiscards(formatRoute(route));
  useKeysEverywhere(route);
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
      <main id="main" tabIndex={-1} ref={main}>
        <Notices />
        <ErrorBoundary resetKey={formatRoute(route)}>
          <ShortcutHelp>
            <Screen route={route} />
          </ShortcutHelp>
        </ErrorBoundary>
      </main>
    </div>
  );
}

const titles = {
  reports: "Reports",
  charts: "Charts",
  airports: "Airports",
  changes: "Changes",
  repair: "Repair a change",
  try: "Try it",
  you: "You",
} as const;

const paneTitles = {
  none: "Reports",
  report: "Report",
  edit: "Edit report",
  new: "New report",
  filed: "Report",
} as const;

function titleOf(route: Route): string {
  return route.screen === "reports" ? paneTitles[route.pane.kind] : titles[route.screen];
}

/** In the layout, so that a screen's own title, which comes as an effect, has the last word. */
function useFrameTitle(title: string): void {
  useLayoutEffect(() => {
    document.title = `${title} · Fieldlog`;
  }, [title]);
}

/** Another screen begins at its top, and whoever reads or tabs goes on from there, unless it has a better place at once. */
function useFocusOfScreen(main: { readonly current: HTMLElement | null }, screen: string): void {
  const last = useRef(screen);
  useEffect(() => {
    if (last.current === screen) return;
    last.current = screen;
    main.current?.scrollTo(0, 0);
    const isPlaced = document.activeElement !== main.current && main.current?.contains(document.activeElement);
    if (!isPlaced) main.current?.focus({ preventScroll: true });
  }, [main, screen]);
}

function Screen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case "reports":
      return <ReportsScreen pane={route.pane} filters={route.filters} />;
    case "charts":
      return (
        <Suspense fallback={<Loading what="the charts" />}>
          <ChartsScreen filters={route.filters} />
        </Suspense>
      );
    case "airports":
      return <AirportsScreen />;
    case "changes":
      return <ChangesScreen />;
    case "repair":
      return <RepairScreen key={route.n} n={route.n} />;
    case "try":
      return <TryScreen />;
    case "you":
      return <YouScreen />;
  }
}

/** Apart from the rest, because the list should not wait for what draws charts. */
const ChartsScreen = lazy(() =>
  import("./charts/charts-screen.tsx").then(
    ({ ChartsScreen: screen }) => ({ default: screen }),
    () => ({ default: ChartsMissing }),
  ),
);

/** Where no service worker keeps the app's files (plain http), a part of them may be out of reach. */
function ChartsMissing() {
  return (
    <Empty title="The charts are not on this device">
      <p>They come with the first visit while the server can be reached. Your reports are here all the same.</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        Try again
      </button>
    </Empty>
  );
}

/** The hash names the screen, so the link moves the focus itself. */
function skipToMain(event: { preventDefault(): void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
