import type { MutationRecord, Observation } from "../run/history.ts";
import type { Broken } from "./broken.ts";
import type { Committed } from "./check-commits.ts";
import type { FinishedRun } from "./finished-run.ts";

interface PostedNote {
  readonly record: MutationRecord;
  readonly body: string;
  readonly query: string;
  readonly storedMs: number;
}

/**
 * C1: a note that a device has posted is in every complete list of its room that the device shows from then on, unless the note was
 * refused, or somebody has moved or removed it.
 */
export function checkOwnWrites({ history }: FinishedRun, { decisionByOperation }: Committed): readonly Broken[] {
  const touched = new Set(
    history.mutations.flatMap(({ name, args }) => (/:(move|remove)$/.test(name) ? bodyOf(args) : [])),
  );
  const posted = history.mutations.flatMap((record) => noteOf(record) ?? []);
  const notes = posted.filter(({ record, body }) => {
    const kind = decisionByOperation.get(record.id)?.outcome[1];
    return !touched.has(body) && (kind === undefined || kind === "applied");
  });
  const broken: Broken[] = [];
  // What a restored deployment has forgotten is sent again, and is seen again once it has arrived there.
  if (history.restored) return broken;
  for (const note of notes) {
    const missing = history.observations.find((seen) =>
      isMissing(note, seen, history.openedMsByTab.get(seen.tab) ?? 0),
    );
    if (missing === undefined) continue;
    const what = `${missing.tab} shows ${note.query} without ${note.record.id}, which its device has stored`;
    broken.push({ promise: "C1", what, atMs: missing.atMs });
  }
  return broken;
}

function noteOf(record: MutationRecord): PostedNote | undefined {
  const { local } = record;
  const args = postOf(record);
  if (args === undefined || local.kind !== "stored") return undefined;
  const { room } = args as { readonly room: string };
  const body = bodyOf(args);
  return { record, body, query: `shared/notes:inRoom ${JSON.stringify({ room })}`, storedMs: local.atMs };
}

/** The arguments of a post, alone or in a group. */
function postOf({ name, args }: MutationRecord): object | undefined {
  if (name === "shared/notes:post") return args;
  if (!Array.isArray(args)) return undefined;
  const calls = args as readonly (readonly [name: string, version: string, args: object])[];
  return calls.find(([part]) => part === "shared/notes:post")?.[2];
}

function bodyOf(args: object): string {
  return "body" in args && typeof args.body === "string" ? args.body : "";
}

/** In the tab that posted it from then on; in another tab of the device if that was opened later. */
function isMissing({ record, body, query, storedMs }: PostedNote, seen: Observation, openedMs: number): boolean {
  if (seen.device !== record.device || seen.atMs <= storedMs) return false;
  if (seen.tab !== record.tab && openedMs <= storedMs) return false;
  const value = seen.results.find(([shown]) => shown === query)?.[1];
  return value !== undefined && !value.includes(`"${body}"`);
}
