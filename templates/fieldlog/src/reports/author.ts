import { useQuery } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";

/** Who wrote something: a name, and the profile behind it where there is one. */
export interface Author {
  readonly by: string;
  readonly byId?: string | undefined;
}

/** Says who wrote something as this device's user reads it: "You" at the start of a sentence, or the name. */
export function useAuthorText(): (author: Author, you?: "You" | "you") => string {
  const myId = useQuery(api.shared.profiles.mine, {}).value?._id;
  return ({ by, byId }, you = "You") => (byId !== undefined && byId === myId ? you : by);
}
