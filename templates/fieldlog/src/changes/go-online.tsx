import { useClient } from "bothy/react";
import { Icon } from "../elements/icon.tsx";

/** Ends working offline, for whoever has chosen it. */
export function GoOnline({ testId }: { readonly testId?: string }) {
  const client = useClient();
  return (
    <button type="button" className="button button-small" data-testid={testId} onClick={() => void client.resume()}>
      <Icon name="online" />
      Go online
    </button>
  );
}
