import { useConnection } from "bothy/react";
import { useConflicts } from "./changes/conflicts.ts";
import { useOpenRejected } from "./changes/discards.ts";
import { Icon, type IconName } from "./elements/icon.tsx";
import { Link } from "./elements/link.tsx";
import { Popover } from "./elements/popover.tsx";
import type { Route } from "./route.ts";

interface Place {
  readonly to: Route;
  readonly text: string;
  readonly icon: IconName;
  /** On a phone it stands under "More": five fit into the reach of a thumb. */
  readonly isUnderMore?: true;
}

const places: readonly Place[] = [
  { to: { screen: "reports", pane: { kind: "none" }, filters: {} }, text: "Reports", icon: "reports" },
  { to: { screen: "charts", filters: {} }, text: "Charts", icon: "charts" },
  { to: { screen: "airports" }, text: "Airports", icon: "airports" },
  { to: { screen: "changes" }, text: "Changes", icon: "changes" },
  { to: { screen: "try" }, text: "Try it", icon: "try", isUnderMore: true },
  { to: { screen: "you" }, text: "You", icon: "you", isUnderMore: true },
];

/** Where one can go: down the rail, or along the foot of a phone. */
export function Navigation({ current }: { readonly current: Route }) {
  const screen = current.screen === "repair" ? "changes" : current.screen;
  const hidden = places.filter((place) => place.isUnderMore);
  return (
    <nav aria-label="Fieldlog">
      <ul>
        {places
          .map((place) => withFilters(place, current))
          .map((place) => (
            <li key={place.text} className={place.isUnderMore ? "nav-under-more" : undefined}>
              <PlaceLink place={place} screen={screen} className="nav-link" />
            </li>
          ))}
        <li className="nav-more">
          <Popover
            label="More places"
            buttonClass={hidden.some(({ to }) => to.screen === screen) ? "nav-link nav-link-current" : "nav-link"}
            button={
              <>
                <Icon name="more" />
                <span>More</span>
              </>
            }
          >
            {hidden.map((place) => (
              <PlaceLink key={place.text} place={place} screen={screen} className="menu-item" />
            ))}
          </Popover>
        </li>
      </ul>
    </nav>
  );
}

/** List and charts show the same reports: going from one to the other keeps what narrows them. */
function withFilters(place: Place, current: Route): Place {
  const { to } = place;
  if (!("filters" in to && "filters" in current) || to.screen === current.screen) return place;
  return { ...place, to: { ...to, filters: current.filters } };
}

interface PlaceLinkProps {
  readonly place: Place;
  readonly screen: string;
  readonly className: string;
}

function PlaceLink({ place, screen, className }: PlaceLinkProps) {
  return (
    <Link to={place.to} className={className} aria-current={screen === place.to.screen ? "page" : undefined}>
      <Icon name={place.icon} />
      <span>{place.text}</span>
      {place.to.screen === "changes" ? <ChangeCount /> : null}
    </Link>
  );
}

/** How many changes wait, were refused or met another's. */
function ChangeCount() {
  const { pendingCount } = useConnection();
  const troubleCount = useOpenRejected().length + useConflicts().length;
  const count = pendingCount + troubleCount;
  if (count === 0) return null;
  return <span className={troubleCount > 0 ? "count count-bad" : "count"}>{count > 99 ? "99+" : count}</span>;
}
