import type { ReactNode } from "react";

export type TagKind = "plain" | "open" | "reviewed" | "closed" | "waiting" | "rejected" | "conflict";

/** How something stands, in a word. */
export function Tag({ kind = "plain", children }: { readonly kind?: TagKind; readonly children: ReactNode }) {
  return <span className={`tag tag-${kind}`}>{children}</span>;
}
