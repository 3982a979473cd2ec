import { createChance } from "../world/chance.ts";
import { forbidGlobals } from "../world/forbidden-globals.ts";
import { SimulatedNetwork, type NetworkTemper } from "../world/simulated-network.ts";
import { SimulatedProfile } from "../world/simulated-profile.ts";
import { Universe } from "../world/universe.ts";
import { readLogFiles } from "../oracle/read-log-files.ts";
import { checkIndexes } from "../checks/check-indexes.ts";
import { checkTold } from "../checks/check-told.ts";
import { checkRun } from "../checks/check-run.ts";
import type { Broken } from "../checks/broken.ts";
import { ClientDevice, type OpenTab, type WatchedQuery } from "./client-device.ts";
import { Faults } from "./faults.ts";
import { History } from "./history.ts";
import { drawOptions, type RunOptions } from "./options.ts";
import { ServerMachine } from "./server-machine.ts";
import { Workload, watchedQueries } from "./workload.ts";

/** What one run of a seed came to. */
export interface SeedRun {
  readonly options: RunOptions;
  readonly hash: string;
  readonly stepCount: number;
  readonly faultCount: number;
  readonly virtualMs: number;
  readonly commits: number;
  readonly broken: readonly Broken[];
  /** Every step, if they were asked for. */
  readonly lines: readonly string[];
}

/** After faults have ended, everything must be quiet within this virtual time (P12, C7). */
const healMs = 120_000;
/** By then a device has compared what it holds, also what it reads for nothing else. */
const verifyMs = 20_000;
/** Then nothing more may happen for a while: what is still on its way arrives. */
const quietMs = 3_000;

/** Runs a seed: faults, then healing, then quiet, then checks. The same seed does the same. */
export function simulateSeed(
  seed: number,
  how: { readonly keepsLines: boolean; readonly isChecked: boolean },
): SeedRun {
  const restore = forbidGlobals();
  try {
    return runSeed(seed, how);
  } finally {
    restore();
  }
}

function runSeed(seed: number, how: { readonly keepsLines: boolean; readonly isChecked: boolean }): SeedRun {
  const chance = createChance(seed);
  const options = drawOptions(seed, chance.fork("options"));
  const universe = new Universe(chance.fork("universe"), how.keepsLines);
  const stage = setStage(universe, options);
  const { history, machine, faults } = stage;
  const broken: Broken[] = [];
  begin(stage);
  try {
    broken.push(...bringToEnd(stage, how.isChecked));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    broken.push({ promise: "P12", what: `the run could not be brought to its end: ${text}` });
  }
  broken.push(...history.broken);
  return {
    options,
    hash: universe.trace.hash(),
    stepCount: universe.trace.stepCount,
    faultCount: faults.injected,
    virtualMs: universe.nowMs,
    commits: machine.server?.engine.version ?? 0,
    broken,
    lines: universe.trace.lines,
  };
}

/** Everything that a run is made of. */
interface Stage {
  readonly universe: Universe;
  readonly options: RunOptions;
  readonly history: History;
  readonly network: SimulatedNetwork;
  readonly machine: ServerMachine;
  readonly devices: readonly ClientDevice[];
  readonly watched: readonly WatchedQuery[];
  readonly workload: Workload;
  readonly faults: Faults;
}

/** Puts everything in its place; nothing happens yet. */
function setStage(universe: Universe, options: RunOptions): Stage {
  const history = new History();
  const watched = watchedQueries(options);
  const devices: ClientDevice[] = [];
  const network = new SimulatedNetwork(universe, temperOf(options), {
    sent: ({ client }, from, text) => {
      if (from === "client") return;
      history.broken.push(...checkTold(machine.disk, { device: client.name, atMs: universe.nowMs, text }));
    },
    arrived: ({ number, client }, at, text) => {
      history.frames.push({ connection: number, device: client.name, at, atMs: universe.nowMs, text });
      if (at === "client") faults.arrived(client, text);
    },
  });
  const machine = new ServerMachine({
    universe,
    options,
    network,
    tap: { toProcess: (line) => history.sawLine(line), fromProcess: () => undefined },
    onOpen: ({ engine }) => history.broken.push(...checkIndexes(engine, readLogFiles(machine.disk.copy()))),
    onEnding: () => workload.ask(),
    onLog: (text) => {
      history.logged.push(text);
      universe.note(text);
    },
  });
  const addDevice = (copied?: ClientDevice): ClientDevice => {
    const name = `device${devices.length + 1}`;
    const profile = new SimulatedProfile({
      universe,
      name,
      storageMsMax: options.delays.storage,
      connect: (client, listener) => {
        history.broken.push(...device.checkConnect(client));
        return network.connect(client, listener);
      },
      ...(copied && { disk: structuredClone(copied.profile.disk) }),
    });
    const isUpgraded = (): boolean => machine.server !== undefined && machine.isUpgraded;
    const device = new ClientDevice({ universe, history, watched, isUpgraded }, name, profile);
    devices.push(device);
    return device;
  };
  for (let i = 0; i < options.clients; i++) addDevice();
  const parts = { universe, options, history, network, machine, devices };
  const workload = new Workload(parts);
  const operate = (device: ClientDevice, tab: OpenTab): void => workload.operateIn(device, tab);
  const enter = (): void => workload.enter();
  const faults = new Faults({ ...parts, operate, enter, copyDevice: addDevice });
  return { ...parts, watched, workload, faults };
}

function temperOf({ delays, faults }: RunOptions): NetworkTemper {
  return {
    delayMsMax: delays.network,
    stallRate: faults.stalls === undefined ? 0 : 0.02 * faults.stalls,
    isSlowReading: faults.slow_reader !== undefined,
  };
}

/** The server starts, devices open their pages, and everything that is to happen is planned. */
function begin({ universe, options, machine, devices, workload, faults }: Stage): void {
  machine.start();
  for (const device of devices) device.openTab();
  workload.schedule();
  faults.schedule();
  if (!options.hasSecondTabs) return;
  for (const device of devices)
    universe.after(universe.chance.between(0, options.lengthMs / 2), "second tab", () => device.openSecondTab());
}

/** Lets faults happen, heals, waits until all is quiet, and checks. */
function bringToEnd(stage: Stage, isChecked: boolean): readonly Broken[] {
  const { universe, options, network, machine, devices } = stage;
  const broken: Broken[] = [];
  universe.run(options.lengthMs);
  universe.isHealed = true;
  universe.note("faults have ended");
  network.heal();
  for (const { profile, tabs } of devices) {
    profile.fullUntilMs = 0;
    for (const { life } of tabs) universe.thaw(life);
  }
  if (options.faults.pause !== undefined) for (const device of devices) device.resumeForGood();
  const isQuiet = (): boolean =>
    machine.server !== undefined &&
    devices.every((device) => device.isQuiet) &&
    network.connections.every((connection) => !connection.isDeceiving);
  const wasQuiet = universe.run(options.lengthMs + healMs, isQuiet);
  universe.run(universe.nowMs + quietMs + (options.faults.row_decay === undefined ? 0 : verifyMs));
  if (machine.startFailure !== undefined)
    broken.push({ promise: "P12", what: `a server could not start: ${machine.startFailure}` });
  if (!wasQuiet || !isQuiet()) broken.push({ promise: "P12", what: `not quiet: ${whatIsLoud(machine, devices)}` });
  const { server } = machine;
  if (server === undefined) return broken;
  if (isChecked) {
    const commits = readLogFiles(machine.disk.copy());
    broken.push(...checkIndexes(server.engine, commits), ...checkRun({ ...stage, commits }));
  }
  return [...broken, ...startOnceMore(stage, server.engine.version)];
}

/** P3, P6: in the end the power is lost once more; the server that starts then has everything, and its indexes are checked. */
function startOnceMore({ universe, machine }: Stage, version: number): readonly Broken[] {
  machine.end("power");
  universe.run(universe.nowMs + healMs, () => machine.server !== undefined);
  const found = machine.server?.engine.version ?? 0;
  if (found >= version) return [];
  return [{ promise: "P3", what: `the last start comes to version ${found}, and version ${version} was there` }];
}

function whatIsLoud(machine: ServerMachine, devices: readonly ClientDevice[]): string {
  const loud = devices.flatMap(({ tabs }) =>
    tabs.map(
      ({ life, client }) =>
        `${life.name} is ${client.status.value.state} with ${client.outbox.value.length} waiting` +
        ` (${client.status.value.error?.message ?? "no error"})`,
    ),
  );
  return [machine.server === undefined ? "no server answers" : `${machine.server.life.name} answers`, ...loud].join(
    "; ",
  );
}
