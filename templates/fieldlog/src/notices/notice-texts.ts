// What a person should know of the app itself, and what they can do about it. Pure: the status goes in, sentences come out.

import type { ClientStatus } from "bothy/client";
import { formatCount } from "../format.ts";

export interface NoticeText {
  /** Names the notice while it is dismissed. */
  readonly key: string;
  /** "bad": something that was written may not last, or nothing can be written. */
  readonly tone: "calm" | "wait" | "bad";
  readonly title: string;
  readonly text: string;
  /** What can be done with one press. */
  readonly action?: "reload" | "repair";
  /** News that need no decision can be put away until the next start. */
  readonly isDismissible?: true;
}

/** From here on it is worth saying that the outbox fills. */
const outboxFullFrom = 0.8;

/** Everything that there is to say about a client's storage and its server, the worst first. */
export function noticesOf(status: ClientStatus): readonly NoticeText[] {
  return [
    updateNotice,
    storageNotice,
    fullOutboxNotice,
    evictedNotice,
    scopesNotice,
    doubtNotice,
    serverNotice,
  ].flatMap((notice) => notice(status) ?? []);
}

function updateNotice({ state, updateReady }: ClientStatus): NoticeText | undefined {
  if (state === "updateNeeded") {
    return {
      key: "update-needed",
      tone: "bad",
      title: "This app is too old for the server",
      text: "Everything is kept here and can be read. Reload while online to get the new version and go on.",
      action: "reload",
    };
  }
  if (!updateReady) return undefined;
  return {
    key: "update-elsewhere",
    tone: "calm",
    title: "Another window runs a newer version",
    text: "Reload to use it here too.",
    action: "reload",
  };
}

function storageNotice({ storageMode, error, pendingCount }: ClientStatus): NoticeText | undefined {
  const unsent =
    pendingCount === 0 ? "All you wrote has been sent" : `${formatCount(pendingCount, "change")} not sent yet`;
  switch (storageMode) {
    case "durable":
      return undefined;
    case "memory":
      if (codeOf(error) === "storage_blocked") {
        return {
          key: "storage-blocked",
          tone: "bad",
          title: "Another window holds the storage",
          text: "What you write here is lost with this window. Close the other windows of Fieldlog, then reload.",
          action: "reload",
        };
      }
      return {
        key: "storage-memory",
        tone: "bad",
        title: "This browser keeps nothing for this app",
        text: "Stay online: what is not sent is lost with the page. A normal window, not a private one, keeps it.",
      };
    case "full":
      return {
        key: "storage-full",
        tone: "bad",
        title: "There is no room left to store what you write",
        text: "What waits is safe. Free some space on this device, or unpick an airport; it goes on by itself then.",
      };
    case "lost":
      return {
        key: "storage-lost",
        tone: "bad",
        title: "This browser has deleted what the app kept",
        text: `${unsent}. Leave this window open and online until nothing waits, then reload.`,
      };
    case "failed":
      return {
        key: "storage-failed",
        tone: "bad",
        title: "This browser refuses to store what you write",
        text: `${unsent}. It is tried again by itself; if this stays, reload once nothing waits.`,
      };
  }
}

function fullOutboxNotice({ outboxFill }: ClientStatus): NoticeText | undefined {
  if (outboxFill < outboxFullFrom) return undefined;
  return {
    key: "outbox",
    tone: "wait",
    title: outboxFill >= 1 ? "The outbox is full" : `The outbox is ${Math.floor(outboxFill * 100)} % full`,
    text: "Go online soon: when it is full, nothing more can be written until some of it is sent.",
  };
}

function evictedNotice({ evicted }: ClientStatus): NoticeText | undefined {
  if (evicted === null) return undefined;
  const { unsentCount, lostCount } = evicted;
  const title = "The browser had deleted what the app kept here";
  if (unsentCount === 0 || lostCount === 0) {
    const text = "Nothing you wrote is lost: the server has all of it. The records come again.";
    return { key: "evicted", tone: "calm", title, text, isDismissible: true };
  }
  if (lostCount === null) {
    const text = `${formatCount(unsentCount, "change")} had not been sent. How much of that is lost shows once the server answers.`;
    return { key: "evicted-unknown", tone: "bad", title, text };
  }
  const text = `${formatCount(lostCount, "change")} that had not been sent ${lostCount === 1 ? "is" : "are"} lost. Look through what you wrote last.`;
  return { key: "evicted-lost", tone: "bad", title, text, isDismissible: true };
}

function scopesNotice({ failedScopes }: ClientStatus): NoticeText | undefined {
  if (failedScopes.length === 0) return undefined;
  return {
    key: "scopes",
    tone: "wait",
    title: "What you see may be old",
    text: "The server can’t say at present what is yours to see. What is here stays, and follows again once it can.",
  };
}

function doubtNotice({ stoppedRanges }: ClientStatus): NoticeText | undefined {
  if (stoppedRanges.length === 0) return undefined;
  return {
    key: "doubt",
    tone: "wait",
    title: "Some records differ from the server’s",
    text: "They were fetched again and differ still. What you write is not concerned.",
    action: "repair",
  };
}

function serverNotice({ serverChanged }: ClientStatus): NoticeText | undefined {
  if (serverChanged === null) return undefined;
  return {
    key: `server-${serverChanged.atMs}`,
    tone: "calm",
    title:
      serverChanged.kind === "server_changed" ? "Another server answers at this address" : "The server was set back",
    text: "Its records have taken the place of those shown before. What you wrote and it does not have is sent again.",
    isDismissible: true,
  };
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
