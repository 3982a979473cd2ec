import type { PokeHeader, Welcome } from "../protocol/index.ts";
import { tellWrites } from "./last-writes.ts";
import type { LeaderState } from "./leader-state.ts";
import { answeredPlace, lookUpMutations, planPush } from "./push-plan.ts";
import type { NewDevicePlan, ResumePlan } from "./resume.ts";

/** The deployment goes on as planned; `push` says the rest. */
export function startPushing(
  leader: LeaderState,
  { kind, from }: Exclude<ResumePlan, NewDevicePlan>,
  { device, dev }: Welcome,
): void {
  leader.place = { next: from, answered: from - 1, isProbing: kind === "probe" };
  // In a probe the record may be another's.
  leader.applied = kind === "push" ? device.n : 0;
  leader.isDev = dev === true;
}

/** Nothing is sent before the next deployment has answered. */
export function stopPushing(leader: LeaderState): void {
  leader.place = undefined;
}

/** Opens the window by what a poke answers. */
export function pushOn(leader: LeaderState, { ack, outcomes = [] }: PokeHeader): void {
  if (!leader.place) return;
  leader.place = answeredPlace(leader.place, ack, outcomes);
  push(leader);
}

/** Sends of the outbox what may go now, in order. */
export function push(leader: LeaderState): void {
  const { core } = leader;
  const stored = lookUpMutations(core, leader.retained);
  const mutationAt = leader.isDev && isOfDeployment(leader) ? tellWrites(core, stored) : stored;
  while (leader.place) {
    const mutations = planPush(leader.place, mutationAt);
    const last = mutations[mutations.length - 1];
    if (!last) return;
    leader.send({ type: "push", mutations });
    leader.place = { ...leader.place, next: last.n + 1 };
  }
}

/** What is shown is a state of who has answered, or nothing at all. */
function isOfDeployment({ core, deployment }: LeaderState): boolean {
  const { server, epoch } = core.state;
  return server === "" || (server === deployment.server && epoch === deployment.epoch);
}
