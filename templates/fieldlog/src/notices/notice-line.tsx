import type { ReactNode } from "react";
import { Icon } from "../elements/icon.tsx";
import type { NoticeText } from "./notice-texts.ts";

interface NoticeLineProps {
  readonly tone: NoticeText["tone"];
  readonly title: string;
  readonly onDismiss?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** A line above everything: what is the matter, and what to do. */
export function NoticeLine({ tone, title, onDismiss, children }: NoticeLineProps) {
  return (
    <div className={`notice notice-line notice-${tone}`} role="status">
      <Icon name={tone === "calm" ? "help" : "alert"} />
      <p>
        <strong>{title}.</strong> {children}
      </p>
      {onDismiss === undefined ? null : (
        <button type="button" className="icon-button" aria-label={`Put away: ${title}`} onClick={onDismiss}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
