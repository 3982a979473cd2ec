import type { BothyClient } from "bothy/client";
import { api } from "./app/bothy/_generated/api.js";
import type { Call, Content, Told } from "./torture-line.ts";

/** Somebody who does what the torture says and tells what they see; the same in a page and in Node. */
export interface Actor {
  /** Begins to look at a space; every result is told. */
  watch(space: string): void;
  /** Makes a call, which its driver has told of; tells of `local` and of the outcome. */
  perform(call: Call): void;
  /** What is shown of a space now. */
  shown(space: string): Content;
  /** Mutations that wait, those that were refused by their tags, and the user. */
  state(): { readonly waiting: number; readonly rejected: readonly string[]; readonly user: string };
}

/** Makes an actor of a client. `tell` must keep the order. */
export function createActor(
  client: BothyClient,
  { device, tab, tell }: { readonly device: string; readonly tab: string; readonly tell: (told: Told) => void },
): Actor {
  const watched = new Set<string>();
  const { things } = api.shared;

  const start = (call: Call): { readonly local: Promise<void>; readonly server: Promise<unknown> } => {
    const { space, tag, slot = 0, item = "", to = "" } = call;
    switch (call.op) {
      case "add":
        return client.mutate(things.add, { space, tag });
      case "pair":
        return client.mutate(things.pair, { space, tag });
      case "bump":
        return client.mutate(things.bump, { space, tag });
      case "claim":
        return client.mutate(things.claim, { space, slot, tag });
      case "move":
        return client.mutate(things.move, { space, item, to, tag });
      case "remove":
        return client.mutate(things.remove, { space, item, tag });
    }
  };

  return {
    watch(space) {
      if (watched.has(space)) return;
      watched.add(space);
      client.watch(things.look, { space }, ({ value, status, complete }) => {
        if (value !== undefined) tell({ kind: "saw", device, tab, space, status, isComplete: complete, ...value });
      });
    },
    perform(call) {
      const { tag } = call;
      const { local, server } = start(call);
      let isStored = false;
      local.then(
        () => {
          isStored = true;
          tell({ kind: "local", device, tab, tag });
        },
        (error: unknown) => tell({ kind: "refused", device, tab, tag, code: codeOf(error) }),
      );
      server.then(
        () => tell({ kind: "outcome", device, tab, tag, outcome: "applied", code: "" }),
        (error: unknown) => {
          if (isStored) tell({ kind: "outcome", device, tab, tag, outcome: "rejected", code: codeOf(error) });
        },
      );
    },
    shown: (space) =>
      client.query(things.look, { space }).result.value ?? { items: [], claims: [], left: "", count: 0 },
    state() {
      const { status, outbox, rejected } = client;
      return {
        waiting: outbox.value.length,
        rejected: rejected.value.map(({ args }) => tagOf(args)),
        user: status.value.identity?.tokenIdentifier ?? "",
      };
    },
  };
}

function tagOf(args: unknown): string {
  return typeof args === "object" && args !== null && "tag" in args && typeof args.tag === "string" ? args.tag : "";
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  if ("code" in error) return String(error.code);
  return "data" in error ? "AppError" : "Error";
}
