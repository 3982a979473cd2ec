import type { Checked, FindingKind } from "./verify-report.ts";

/** What a verifying process is told, once. */
export interface VerifyOrder {
  readonly folder: string;
  readonly isClosed: boolean;
  /** `entries`: the store's entries are read with their checksums, and nothing else. */
  readonly extent: "entries" | "whole";
}

/** What it says, a line each. */
export type VerifyMessage =
  | { readonly type: "finding"; readonly kind: FindingKind; readonly message: string }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "progress"; readonly text: string }
  | ({ readonly type: "checked" } & Checked)
  | { readonly type: "done"; readonly findingCount: number };
