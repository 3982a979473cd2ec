import { refusalText } from "../refusal-text.ts";

/** Stands where nothing is held yet. It shows itself only after a moment, so that a quick answer never flashes. */
export function Loading({ what, error }: { readonly what: string; readonly error?: unknown }) {
  if (error !== undefined && error !== null) {
    return (
      <p className="notice notice-bad" role="alert">
        {refusalText(error)}
      </p>
    );
  }
  return (
    <p className="loading" aria-busy="true">
      Fetching {what} …
    </p>
  );
}
