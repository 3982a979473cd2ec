import { isBothyError } from "bothy";
import type { Id, TableNames } from "../bothy/_generated/dataModel.js";

/** Takes text from the address as an id. A query checks it like any argument: see `isNoId`. */
export function idFromText<Table extends TableNames>(text: string): Id<Table> {
  return text as Id<Table>;
}

/** Whether a query whose arguments are ids from the address was refused because one of them is none. */
export function isNoId(error: unknown): boolean {
  return isBothyError(error) && error.code === "arguments_invalid";
}
