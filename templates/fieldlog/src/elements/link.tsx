import type { AnchorHTMLAttributes, MouseEvent, Ref } from "react";
import { formatRoute, navigate, type Route } from "../route.ts";

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & {
  readonly to: Route;
  readonly ref?: Ref<HTMLAnchorElement>;
  readonly [attribute: `data-${string}`]: string | number | boolean | undefined;
};

/** A link to a place in this app: a real one, so that it can be copied and opened in another tab. */
export function Link({ to, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={formatRoute(to)} onClick={follow} />;
}
