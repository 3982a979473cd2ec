import type { ReactNode } from "react";

/** What stands where there is nothing to show: why, and what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <svg className="empty-bird" viewBox="0 0 64 24" aria-hidden="true">
        <path d="M2 8c10-7 20-6 30 8 10-14 20-15 30-8-9-2-19 0-30 14C21 8 11 6 2 8Z" />
      </svg>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
