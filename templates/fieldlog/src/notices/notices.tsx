import { useClient, useConnection } from "bothy/react";
import { applyShellUpdate, useShellUpdate } from "../shell-update.ts";
import { DiscardNotice } from "./discard-notice.tsx";
import { dismiss, useDismissed } from "./dismissed.ts";
import { NoticeLine } from "./notice-line.tsx";
import { noticesOf, type NoticeText } from "./notice-texts.ts";
import { isPlainHttp } from "./plain-http.ts";
import { PlainHttpNotice } from "./plain-http-notice.tsx";

/** What a person should know of the app itself, above whatever they are doing. Mostly nothing. */
export function Notices() {
  const status = useConnection();
  const isUpdateReady = useShellUpdate();
  const dismissed = useDismissed();
  return (
    <>
      {noticesOf(status)
        .filter(({ key }) => !dismissed.has(key))
        .map((notice) => (
          <StatusNotice key={notice.key} notice={notice} />
        ))}
      {isPlainHttp() && !dismissed.has("plain-http") ? (
        <PlainHttpNotice onDismiss={() => dismiss("plain-http")} />
      ) : null}
      <DiscardNotice />
      {isUpdateReady ? (
        <NoticeLine tone="calm" title="A newer version is ready">
          <button type="button" className="link" onClick={applyShellUpdate}>
            Restart now
          </button>
        </NoticeLine>
      ) : null}
    </>
  );
}

function StatusNotice({ notice }: { readonly notice: NoticeText }) {
  const client = useClient();
  const { key, tone, title, text, action, isDismissible } = notice;
  return (
    <NoticeLine tone={tone} title={title} onDismiss={isDismissible ? () => dismiss(key) : undefined}>
      {text}{" "}
      {action === "reload" ? (
        <button type="button" className="link" onClick={() => location.reload()}>
          Reload
        </button>
      ) : null}
      {action === "repair" ? (
        <button type="button" className="link" onClick={() => client.repair()}>
          Check again
        </button>
      ) : null}
    </NoticeLine>
  );
}
