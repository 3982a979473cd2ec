import { useEffect } from "react";

/** Names the page after what is open in it, beyond what the frame knows. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Fieldlog`;
  }, [title]);
}
