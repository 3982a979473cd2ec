import { protocolVersion, type Hello, type WarningMessage, type Welcome } from "../protocol/index.ts";
import type { Incoming } from "./connection.ts";
import { hydratePending } from "./hydrate.ts";
import { helloCursor } from "./leader-cursor.ts";
import { keepIdentity } from "./leader-identity.ts";
import { resetGrants, takeCheck, takeCursor, takePokePart, takeScope, thaw } from "./leader-pokes.ts";
import { push, startPushing, stopPushing } from "./leader-pushes.ts";
import { helloDevice, noteDeployment, planNext, takeNewDevice } from "./leader-record.ts";
import { takeError } from "./leader-errors.ts";
import type { LeaderState } from "./leader-state.ts";
import { queuedCalls } from "./queued-calls.ts";

/** What a connection begins with. */
export function helloOf(leader: LeaderState): Hello {
  const { state, stamp, overlay } = leader.core;
  const holds = leader.holds.hello();
  return {
    type: "hello",
    protocol: protocolVersion,
    schema: stamp.schema,
    token: leader.token,
    device: helloDevice(leader),
    acked: state.acked,
    chain: state.chain,
    ...(state.server !== "" && { server: state.server, epoch: state.epoch }),
    cursor: helloCursor(leader),
    ...(holds.length > 0 && { holds }),
    queued: queuedCalls(overlay.pending),
  };
}

/** Takes what a deployment says to whom it concerns. Runs in turn: one message has done all its work before the next. */
export async function takeMessage(leader: LeaderState, message: Incoming): Promise<void> {
  // It was on its way when the app chose to stay away.
  if (leader.isPaused) return;
  switch (message.type) {
    case "welcome":
      return await takeWelcome(leader, message);
    case "poke":
      return await takePokePart(leader, message);
    case "cursor":
      return await takeCursor(leader, message);
    case "check":
      return await takeCheck(leader, message);
    case "differ":
      return await leader.verifier.differs(message);
    case "result":
      return leader.subscriptions.answered(message);
    case "scope":
      return takeScope(leader, message);
    case "error":
      return await takeError(leader, message);
    case "warning":
      return takeWarning(leader, message);
    case "ping":
      return await takePing(leader);
  }
}

async function takeWelcome(leader: LeaderState, welcome: Welcome): Promise<void> {
  const { core, tell } = leader;
  // The socket before this one may have been left without an end.
  stopPushing(leader);
  resetGrants(leader);
  const historyChange = noteDeployment(leader, welcome);
  core.clockOffsetMs = welcome.now - core.world.clock.nowMs();
  await keepIdentity(leader, welcome);
  await readPending(leader);
  // Until the deployment has caught up there is nothing to say: the socket ends when it has (CL42).
  if (welcome.behind) return tell({ state: "ahead" });
  const plan = planNext(leader, welcome.device);
  if (plan.kind === "new_device") return await takeNewDevice(leader, plan);
  startPushing(leader, plan, welcome);
  tell({
    state: "online",
    failedScopes: [],
    ...(historyChange && { serverChanged: { kind: historyChange, atMs: core.nowMs() } }),
  });
  leader.subscriptions.sendAll();
  leader.holds.welcomed();
  push(leader);
  leader.listener.onWelcome(welcome.previousN);
}

/** Once for each function: the next call would say the same (CL47). */
function takeWarning({ core, warnedOf }: LeaderState, { function: name, text }: WarningMessage): void {
  if (warnedOf.has(name)) return;
  warnedOf.add(name);
  core.world.warn(text);
}

async function takePing(leader: LeaderState): Promise<void> {
  await thaw(leader);
  if (leader.grants.isAnswered) leader.contact.renew();
  if (leader.place) leader.tell({ lastSyncedMs: leader.core.nowMs() });
  await readPending(leader);
  push(leader);
}

/** A tab may have died between storing an entry and telling of it. A storage that was lost has said so: what is shown goes on. */
async function readPending({ core, storage }: LeaderState): Promise<void> {
  await core.addPending(await hydratePending(storage, core.state.acked).catch(() => []));
}
