import { parseClientMessage } from "bothy/internal";
import type { RejectedEntry } from "bothy/client";
import type { History, MutationRecord } from "../run/history.ts";
import type { Broken } from "./broken.ts";
import { operationOf, type Committed, type Decision } from "./check-commits.ts";
import type { FinishedRun } from "./finished-run.ts";

/** P1 (real time), P3, P4, C4, C5 and C6: what became of each mutation, and what its caller was told. */
export function checkMutations(run: FinishedRun, { decisions }: Committed): readonly Broken[] {
  const broken: Broken[] = [];
  const byNonce = new Map<string, Decision[]>();
  for (const decision of decisions) byNonce.set(decision.nonce, [...(byNonce.get(decision.nonce) ?? []), decision]);
  for (const [nonce, all] of byNonce) {
    // What was parked is tried again; what took effect, or was refused, is decided for good.
    const final = all.filter(({ outcome }) => outcome[1] !== "parked");
    if (final.length > 1)
      broken.push({
        promise: "P4 C5",
        what: `nonce ${nonce} was decided by versions ${final.map((one) => one.version).join(" and ")}`,
      });
  }
  const nonceById = noncesOf(run.history);
  const listed = listedIds(run);
  const versionById = new Map<string, number>();
  for (const mutation of run.history.mutations) {
    const decision = decisionOf(mutation, nonceById, byNonce);
    if (decision) versionById.set(mutation.id, decision.version);
    const isListed = listed.refused.has(mutation.id) || (listed.inDoubt.has(mutation.id) && !isApplied(decision));
    const problem = wasForgotten(mutation, run.history)
      ? problemAfterRestore(mutation, decision, isListed)
      : problemOf(mutation, decision, isListed);
    if (problem) broken.push({ ...problem, what: `${mutation.id} of ${mutation.tab}: ${problem.what}` });
  }
  broken.push(...checkOutboxes(run), ...checkLists(run), ...checkEpochs(run), ...checkNewIds(run));
  return [...broken, ...checkRealTime(run.history, versionById)];
}

/** P3: a deployment from which nothing was taken remembers all that it has told: no device brings it a version that it lacks (SY24). */
function checkEpochs({ commits, history }: FinishedRun): readonly Broken[] {
  if (history.restored !== undefined) return [];
  return commits.flatMap(({ version, epoch }) =>
    epoch === undefined
      ? []
      : [{ promise: "P3", what: `version ${version} begins an epoch, and no backup was restored` }],
  );
}

/** C4: a device that is neither copied nor put back, at a deployment that is neither, takes no other id (SY21). */
function checkNewIds({ history }: FinishedRun): readonly Broken[] {
  const { frames, copied, restored } = history;
  if (restored !== undefined) return [];
  return frames.flatMap(({ at, device, text, atMs }): readonly Broken[] => {
    if (at !== "server" || !text.startsWith('{"type":"hello"') || copied.has(device.split(".")[0] ?? "")) return [];
    const message = parseClientMessage(text);
    if (message.type !== "hello" || message.device.previous === undefined) return [];
    return [{ promise: "C4", what: `${device} goes on under a new device id for no reason`, atMs }];
  });
}

/** C4: in the end no outbox has an entry of which no tab knows. */
function checkOutboxes({ devices }: FinishedRun): readonly Broken[] {
  return devices.flatMap(({ name, profile }): readonly Broken[] => {
    const { length } = profile.disk.outbox;
    return length === 0 ? [] : [{ promise: "C4", what: `${name} stores ${length} mutations that nobody sends` }];
  });
}

/** C6: in the end all tabs of a device list the same. */
function checkLists({ devices }: FinishedRun): readonly Broken[] {
  return devices.flatMap(({ tabs }) => {
    const all = new Set(tabs.flatMap(({ client }) => client.rejected.value.map(({ args }) => operationOf(args))));
    return tabs.flatMap(({ life, client }): readonly Broken[] => {
      const own = new Set(client.rejected.value.map(({ args }) => operationOf(args)));
      const missing = [...all].filter((id) => !own.has(id));
      if (missing.length === 0) return [];
      return [
        { promise: "C6", what: `${life.name} does not list ${missing.join(" ")}, as another tab of its device does` },
      ];
    });
  });
}

/** Whether a restored deployment may have forgotten what the caller was told. */
function wasForgotten({ device, server }: MutationRecord, history: History): boolean {
  return server.kind !== "waiting" && history.isForgottenBy(device, server.atMs);
}

/** What a restored deployment has forgotten is sent again; what can no longer be told, or fails then, is listed (SY21, SY23). */
function problemAfterRestore(
  { local }: MutationRecord,
  decision: Decision | undefined,
  isListed: boolean,
): Broken | undefined {
  if (decision !== undefined || isListed || local.kind !== "stored") return undefined;
  return {
    promise: "C4",
    what: "was forgotten by a restored deployment, and neither sent again nor listed",
    atMs: local.atMs,
  };
}

function problemOf(mutation: MutationRecord, decision: Decision | undefined, isListed: boolean): Broken | undefined {
  const { local, server } = mutation;
  if (decision === undefined) {
    if (server.kind === "applied")
      return { promise: "P3", what: "was acknowledged, and is not in the log", atMs: server.atMs };
    if (local.kind === "stored" && !isListed)
      return { promise: "C4", what: "was stored, and is neither in the log nor listed as rejected", atMs: local.atMs };
    return undefined;
  }
  const [, kind] = decision.outcome;
  if (server.kind === "applied") {
    if (kind !== "applied")
      return { promise: "C5", what: `was told to be applied, and is ${kind} in the log`, atMs: server.atMs };
    const logged = JSON.stringify(decision.outcome[2]);
    // A tab that has missed the poke knows that it was applied, and not its result any more: that is null (CL1).
    if (server.value !== logged && server.value !== "null")
      return { promise: "P4", what: `was answered ${server.value}, and the log has ${logged}`, atMs: server.atMs };
  }
  const isUntold = server.kind === "refused" && server.error.startsWith("device_copied");
  if (server.kind === "refused" && kind === "applied" && local.kind === "stored" && !isUntold)
    return {
      promise: "C5",
      what: `was told to be refused (${server.error}), and is applied in the log`,
      atMs: server.atMs,
    };
  if (kind !== "applied" && !isListed)
    return { promise: "C6", what: `is ${kind} in the log, and its device does not list it` };
  if (kind === "applied" && isListed)
    return { promise: "C5", what: "is applied in the log, and its device lists it as rejected" };
  return undefined;
}

function decisionOf(
  { id }: MutationRecord,
  nonceById: ReadonlyMap<string, string>,
  byNonce: ReadonlyMap<string, readonly Decision[]>,
): Decision | undefined {
  const nonce = nonceById.get(id);
  const decisions = (nonce === undefined ? undefined : byNonce.get(nonce)) ?? [];
  // A copy of the device may have parked what the other had decided.
  return decisions.findLast(({ outcome }) => outcome[1] !== "parked") ?? decisions.at(-1);
}

/** The nonces of mutations, as pushes showed them on the wire. */
function noncesOf(history: History): ReadonlyMap<string, string> {
  const nonces = new Map<string, string>();
  for (const { at, text } of history.frames) {
    if (at !== "server" || !text.startsWith('{"type":"push"')) continue;
    const message = parseClientMessage(text);
    if (message.type !== "push") continue;
    for (const { nonce, args } of message.mutations) nonces.set(operationOf(args), nonce);
  }
  return nonces;
}

/**
 * The mutations that their devices list as refused, and those of which one of two copies of a device can't tell whether the other
 * has sent them.
 */
function listedIds({ devices }: FinishedRun): {
  readonly refused: ReadonlySet<string>;
  readonly inDoubt: ReadonlySet<string>;
} {
  const entries = devices.flatMap(({ tabs }) => tabs.flatMap(({ client }) => client.rejected.value));
  const isInDoubt = ({ error }: RejectedEntry): boolean => Object(error).code === "device_copied";
  const idsOf = (some: readonly RejectedEntry[]): ReadonlySet<string> =>
    new Set(some.map(({ args }) => operationOf(args)));
  return {
    refused: idsOf(entries.filter((entry) => !isInDoubt(entry))),
    inDoubt: idsOf(entries.filter(isInDoubt)),
  };
}

function isApplied(decision: Decision | undefined): boolean {
  return decision?.outcome[1] === "applied";
}

/** P1: what was acknowledged before something was called comes before it. */
function checkRealTime(history: History, versionById: ReadonlyMap<string, number>): readonly Broken[] {
  const ended = history.mutations
    .flatMap(({ id, device, server }) =>
      server.kind === "waiting" || history.isForgottenBy(device, server.atMs)
        ? []
        : [{ id, atMs: server.atMs, version: versionById.get(id) ?? 0 }],
    )
    .sort((a, b) => a.atMs - b.atMs);
  const broken: Broken[] = [];
  let [next, latest] = [0, { id: "", version: 0 }];
  for (const { id, calledMs } of [...history.mutations].sort((a, b) => a.calledMs - b.calledMs)) {
    for (let one = ended[next]; one !== undefined && one.atMs < calledMs; one = ended[++next])
      if (one.version > latest.version) latest = one;
    const version = versionById.get(id);
    if (version !== undefined && version <= latest.version)
      broken.push({
        promise: "P1",
        what: `${id} was called after ${latest.id} was acknowledged, and comes before it in the log`,
      });
  }
  return broken;
}
