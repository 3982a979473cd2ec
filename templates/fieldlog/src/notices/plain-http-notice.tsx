import { NoticeLine } from "./notice-line.tsx";
import { useHttpsAddress } from "./plain-http.ts";

/** Calm words about an address that lacks something: what works, what does not, and where it does. */
export function PlainHttpNotice({ onDismiss }: { readonly onDismiss: () => void }) {
  const address = useHttpsAddress();
  return (
    <NoticeLine tone="calm" title="This address is plain http" onDismiss={onDismiss}>
      Online, in this one window, everything works, and what you write is kept on this device. Missing here: starting
      without a network, several windows at once, and installing.{" "}
      {address === undefined ? null : address === null ? (
        <>
          Start the server with <code>npm start -- --lan</code> to have them.
        </>
      ) : (
        <a href="/lan">Get the https address</a>
      )}
    </NoticeLine>
  );
}
