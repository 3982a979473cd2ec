import { range, scope } from "bothy";

/** Everybody sees what is reported here. */
export const here = scope(() => [range("reports", "by_place", (q) => q.eq("place", "here"))]);
