/** Functions over the schema of the tests of `sync`: rooms with notes, and members who may see them. */
import { AppError } from "bothy/internal";
import type { Document, Json, RangeSpec } from "bothy/internal";
import type { TestContext, TestFunction } from "./test-functions.ts";

export const roomOf = (room: string): RangeSpec => ({ table: "notes", index: "by_room", prefix: [room] });

export const membershipsOf = (userId: string): RangeSpec => ({ table: "members", index: "by_user", prefix: [userId] });

/** A field of a call's arguments, as text. */
export function field(args: Json, name: string): string {
  return typeof args === "object" && args !== null ? String(Reflect.get(args, name)) : "";
}

/** A field of a document that holds text. */
export function textOf(document: Document, name: string): string {
  const value = document[name];
  return typeof value === "string" ? value : "";
}

/** The ranges of a user: the lobby, the own memberships, and the rooms that they name. */
export function rangesOfUser(
  read: (spec: RangeSpec) => readonly Document[],
  userId: string,
  isWindowed: boolean,
): readonly RangeSpec[] {
  const memberships = membershipsOf(userId);
  const rooms = new Set(["lobby", ...read(memberships).map((member) => textOf(member, "room"))]);
  return [memberships, ...Array.from(rooms, (room) => (isWindowed ? { ...roomOf(room), newest: 3 } : roomOf(room)))];
}

function ownRanges({ read, identity }: TestContext, isWindowed: boolean): readonly RangeSpec[] {
  return rangesOfUser(read, identity?.subject ?? "", isWindowed);
}

/** Everybody sees the lobby; members see their rooms and who they are. */
export const noteFunctions: Readonly<Record<string, TestFunction>> = {
  lobby: { kind: "scope", run: () => [roomOf("lobby")] },
  rooms: {
    kind: "scope",
    run: (context) => ownRanges(context, false).filter(({ prefix }) => prefix[0] !== "lobby"),
  },
  put: {
    kind: "mutation",
    run: ({ args, insert }) =>
      insert("notes", { room: field(args, "room"), rank: Number(field(args, "rank")), body: field(args, "body") }),
  },
  move: {
    kind: "mutation",
    run: ({ args, patch }) => {
      patch("notes", field(args, "id"), { room: field(args, "room"), rank: Number(field(args, "rank")) });
      return null;
    },
  },
  remove: {
    kind: "mutation",
    run: ({ args, remove }) => {
      remove("notes", field(args, "id"));
      return null;
    },
  },
  join: {
    kind: "mutation",
    run: ({ args, insert }) => insert("members", { user: field(args, "user"), room: field(args, "room") }),
  },
  leave: {
    kind: "mutation",
    run: ({ args, read, remove }) => {
      const found = read(membershipsOf(field(args, "user"))).find(({ room }) => room === field(args, "room"));
      if (found) remove("members", found._id);
      return null;
    },
  },
  refuse: {
    kind: "mutation",
    run: () => {
      throw new AppError({ reason: "closed" });
    },
  },
  count: { kind: "query", run: ({ args, read }) => read(roomOf(field(args, "room"))).length },
};

/** The same, with windows of three notes. */
export const windowedFunctions: Readonly<Record<string, TestFunction>> = {
  ...noteFunctions,
  lobby: { kind: "scope", run: () => [{ ...roomOf("lobby"), newest: 3 }] },
  rooms: { kind: "scope", run: (context) => ownRanges(context, true) },
  windowed: { kind: "query", run: () => true },
};
