// Every reason for which this app's functions refuse a call. `kind` is for code, `message` for people.

import { AppError } from "bothy";
import type { Problems } from "./fields.ts";

export type Refusal =
  | { readonly kind: "signed_out"; readonly message: string }
  | { readonly kind: "invalid_report"; readonly message: string; readonly problems: Problems }
  | { readonly kind: "invalid_text"; readonly message: string }
  | { readonly kind: "report_closed"; readonly message: string }
  | { readonly kind: "report_missing"; readonly message: string }
  | { readonly kind: "comment_missing"; readonly message: string }
  | { readonly kind: "conflict_missing"; readonly message: string }
  | { readonly kind: "invalid_selection"; readonly message: string }
  | { readonly kind: "airport_missing"; readonly message: string }
  | { readonly kind: "too_many_picks"; readonly message: string };

/** Makes the error that refuses a call; throw what it returns. */
export function refusal(reason: Refusal): AppError<Refusal> {
  return new AppError(reason);
}
