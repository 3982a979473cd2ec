import type { Id, TableNames } from "../bothy/_generated/dataModel.js";

/** Takes text from the address as an id. A query checks it like any argument, so a wrong one is an error on the screen. */
export function idFromText<Table extends TableNames>(text: string): Id<Table> {
  return text as Id<Table>;
}
