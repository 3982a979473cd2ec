import type { Chance } from "../world/chance.ts";
import type { SimulatedNetwork } from "../world/simulated-network.ts";
import type { Life, Universe } from "../world/universe.ts";
import type { ClientDevice, OpenTab } from "./client-device.ts";
import type { History } from "./history.ts";
import type { FaultName } from "./fault-names.ts";
import type { RunOptions } from "./options.ts";
import type { ServerMachine } from "./server-machine.ts";

/** What faults are done to. */
export interface FaultParts {
  readonly universe: Universe;
  readonly options: RunOptions;
  readonly network: SimulatedNetwork;
  readonly machine: ServerMachine;
  readonly devices: readonly ClientDevice[];
  readonly history: History;
  /** Has a tab do something. */
  readonly operate: (device: ClientDevice, tab: OpenTab) => void;
  /** Has the deployment's owner write something, past all devices. */
  readonly enter: () => void;
  /** Makes one more device, from what lies on the disk of another. */
  readonly copyDevice: (of: ClientDevice) => ClientDevice;
}

/** Draws when each fault happens, and does it then. */
export class Faults {
  readonly #parts: FaultParts;
  readonly #chance: Chance;
  injected = 0;
  /** Pages that are to end while they store what they are told next. */
  #dyingWhenPoked = 0;

  constructor(parts: FaultParts) {
    this.#parts = parts;
    this.#chance = parts.universe.chance.fork("faults");
  }

  schedule(): void {
    const { universe, options } = this.#parts;
    for (const [name, count] of Object.entries(options.faults) as [FaultName, number][]) {
      for (let i = 0; i < count; i++) {
        universe.after(this.#chance.between(0, options.lengthMs), name, () => {
          if (universe.isHealed) return;
          this.injected++;
          this.#doers[name]();
        });
      }
    }
  }

  readonly #doers: Readonly<Record<FaultName, () => void>> = {
    power_loss: () => this.#endServer("power"),
    server_kill: () => this.#endServer("process"),
    crash_writing: () => void (this.#parts.machine.endsWriting = this.#chance.pick(["process", "power"])),
    server_restart: () => void this.#parts.machine.restart().catch(() => undefined),
    function_kill: () => {
      const running = this.#parts.machine.server?.processes.running ?? [];
      if (running.length > 0) this.#chance.pick(running).kill();
    },
    function_dies_called: () =>
      void this.#parts.machine.server?.processes.dyingWhenCalled.push(this.#chance.between(0, 4)),
    sync_error: () => void (this.#parts.machine.nextDiskFault = { kind: "sync", fault: "io_error" }),
    disk_full: () => void (this.#parts.machine.nextDiskFault = { kind: "append", fault: "full" }),
    cut: () => this.#onConnection((connection) => connection.cut()),
    half_open: () =>
      this.#onConnection((connection) => connection.lose(this.#chance.pick(["client", "server"]), false)),
    silence_client: () => this.#onConnection((connection) => connection.silence("client")),
    silence_server: () => this.#onConnection((connection) => connection.silence("server")),
    // Slow readers and stalls are a temper of the network, drawn with it.
    slow_reader: () => undefined,
    stalls: () => undefined,
    offline: () => this.#goOffline(),
    pause: () => this.#pauseDevice(),
    page_kill: () => this.#endPage(this.#chance.between(0, 200)),
    page_dies_saving: () => this.#endPageSaving(),
    page_dies_poked: () => void this.#dyingWhenPoked++,
    page_reload: () => this.#endPage(0),
    page_freeze: () => this.#freezePage(),
    page_hide: () => this.#hidePage(),
    profile_copy: () => this.#copyProfile(),
    clock_step: () => this.#stepClock(),
    restore_backup: () => this.#restoreBackup(),
    profile_full: () => this.#fillProfile(),
    row_decay: () => this.#decayRow(),
    app_upgrade: () => this.#upgradeApp(),
  };

  #endServer(how: "power" | "process"): void {
    if (this.#parts.machine.life?.isAlive) this.#parts.machine.end(how);
  }

  #onConnection(act: (connection: SimulatedNetwork["connections"][number]) => void): void {
    const { connections } = this.#parts.network;
    if (connections.length === 0) return;
    const connection = this.#chance.pick(connections);
    this.#parts.universe.note(`a fault meets ${connection.name}`);
    act(connection);
  }

  #goOffline(): void {
    this.#leaveAlone(this.#chance.pick(this.#parts.devices), this.#chance.between(1, 500));
  }

  #leaveAlone(device: ClientDevice, awayMs: number): void {
    const { universe, network } = this.#parts;
    universe.note(`${device.name} goes offline`);
    network.offline.add(device.name);
    device.profile.setOnline(false);
    for (const connection of network.connections)
      if (device.tabs.some(({ life }) => life === connection.client)) connection.cut();
    universe.after(awayMs, `${device.name} comes online`, () => {
      network.offline.delete(device.name);
      device.profile.setOnline(true);
    });
  }

  /** A frame has arrived at a page: of some it is the last one, and finds them storing it. */
  arrived(life: Life, text: string): void {
    const { universe, options, devices } = this.#parts;
    if (this.#dyingWhenPoked === 0 || universe.isHealed || !text.includes('"outcomes":[[')) return;
    const device = devices.find(({ tabs }) => tabs.some((tab) => tab.life === life));
    // A refusal is the news that a page must not take with it.
    if (device === undefined || !this.#chance.happens(text.includes('"rejected"') ? 0.9 : 0.2)) return;
    this.#dyingWhenPoked--;
    // Between what it writes of it first and what follows.
    device.profile.onWritten = (writer) => {
      if (writer !== life) return;
      device.profile.onWritten = undefined;
      const afterMs = this.#chance.between(0, options.delays.storage);
      universe.after(afterMs, "page_dies_poked", () => this.#endTab(device, life));
    };
  }

  /** A page ends while it stores what its user has just done. */
  #endPageSaving(): void {
    const { universe, options, operate } = this.#parts;
    const several = this.#parts.devices.filter(({ tabs }) => tabs.length > 1);
    const device = this.#chance.pick(several.length > 0 ? several : this.#parts.devices);
    // The youngest: what it does not tell, an older one that leads has to find.
    const tab = device.tabs.at(-1);
    if (tab === undefined) return;
    operate(device, tab);
    universe.after(this.#chance.between(0, 2 * options.delays.storage), "page_dies_saving", () =>
      this.#endTab(device, tab.life),
    );
  }

  #endTab(device: ClientDevice, life: Life): void {
    const { universe, network } = this.#parts;
    const tab = device.tabs.find((one) => one.life === life);
    if (tab === undefined || universe.isHealed) return;
    device.killTab(tab);
    network.dropClient(life);
    // A tab of several may stay closed.
    if (device.tabs.length > 0 && this.#chance.happens(0.2)) return;
    universe.after(this.#chance.between(0, 100), `${device.name} opens again`, () => device.openTab());
  }

  /** The app stays away from the deployment for a while, by choice (CL48). */
  #pauseDevice(): void {
    const { universe } = this.#parts;
    const device = this.#chance.pick(this.#parts.devices);
    device.pause();
    universe.after(this.#chance.between(50, 500), `${device.name} is to go on`, () => device.resume());
  }

  #endPage(pauseMs: number): void {
    const { universe, network } = this.#parts;
    const device = this.#chance.pick(this.#parts.devices);
    const tab = device.tabs[this.#chance.below(device.tabs.length)];
    if (tab === undefined) return;
    device.killTab(tab);
    network.dropClient(tab.life);
    universe.after(pauseMs, `${device.name} opens again`, () => device.openTab());
  }

  /** A page in the background does nothing for a while; what it holds, it holds on to. */
  #freezePage(): void {
    const { universe } = this.#parts;
    const life = this.#pickTab();
    if (life === undefined) return;
    universe.note(`${life.name} is frozen`);
    universe.freeze(life);
    universe.after(this.#chance.between(1, 6_000), `${life.name} is thawed`, () => universe.thaw(life));
  }

  /** A tab is put behind another, and looked at again later. */
  #hidePage(): void {
    const { universe } = this.#parts;
    const { profile, tabs } = this.#chance.pick(this.#parts.devices);
    const life = tabs[this.#chance.below(tabs.length)]?.life;
    if (life === undefined) return;
    universe.note(`${life.name} is hidden`);
    profile.setVisible(life, false);
    universe.after(this.#chance.between(1, 2_000), `${life.name} is looked at`, () => profile.setVisible(life, true));
  }

  /** A profile is copied to another machine, and both go on under the same device id. */
  #copyProfile(): void {
    const { universe } = this.#parts;
    const device = this.#chance.pick(this.#parts.devices);
    const copy = this.#parts.copyDevice(device);
    const { copied, decayed } = this.#parts.history;
    copied.add(device.name).add(copy.name);
    if (decayed.has(device.name)) decayed.add(copy.name);
    universe.note(`${device.name} is copied to ${copy.name}`);
    universe.after(this.#chance.between(0, 500), `${copy.name} is opened`, () => copy.openTab());
  }

  #pickTab(): Life | undefined {
    const { tabs } = this.#chance.pick(this.#parts.devices);
    return tabs[this.#chance.below(tabs.length)]?.life;
  }

  /** A copy of the disk as it is now takes its place later: what was acknowledged meanwhile is forgotten. */
  #restoreBackup(): void {
    const { universe, options, machine, network, history } = this.#parts;
    if (options.faults.app_upgrade !== undefined && !this.#hasBegun) return;
    const copy = machine.disk.copy();
    universe.note("a backup is taken");
    // Soon, and the deployment is past what it had forgotten before devices come back.
    const latestMs = this.#chance.pick([30, options.lengthMs / 2]);
    universe.after(this.#chance.between(1, latestMs), "restore", () => {
      if (universe.isHealed) return;
      if (machine.life?.isAlive) machine.end("process");
      machine.disk.restore(copy);
      history.restored = { atMs: universe.nowMs, lastConnection: network.lastConnection };
      universe.note("the backup is restored");
      if (this.#chance.happens(0.6)) this.#goOnAlone();
    });
  }

  /** The deployment is past what it has forgotten before any device comes back to it. */
  #goOnAlone(): void {
    const { universe, devices, enter } = this.#parts;
    for (const device of devices) this.#leaveAlone(device, this.#chance.between(250, 600));
    for (let atMs = 30; atMs < 250; atMs += 30) universe.after(atMs, "operation", enter);
  }

  /** The disk under a profile has no room for a while; one that has none from the first page on never becomes a device. */
  #fillProfile(): void {
    const { universe } = this.#parts;
    const { name, profile, subject } = this.#chance.pick(this.#parts.devices);
    if (subject === undefined) return;
    profile.fullUntilMs = universe.nowMs + this.#chance.between(1, 300);
    universe.note(`the disk of ${name} is full`);
  }

  /** A counter or a list in the segments of a device is not what was stored there; its pages are loaded again. */
  #decayRow(): void {
    const { universe, network, history } = this.#parts;
    const device = this.#chance.pick(this.#parts.devices);
    // The second time within ten minutes a range would be given up.
    if (history.decayed.has(device.name) || !device.profile.decayRow()) return;
    history.decayed.add(device.name);
    universe.note(`a row of ${device.name} decays`);
    for (const tab of [...device.tabs]) {
      device.killTab(tab);
      network.dropClient(tab.life);
    }
    device.openTab();
  }

  /** A device has been answered: what it runs is known to the deployment for good, unless an older copy takes its place. */
  get #hasBegun(): boolean {
    return this.#parts.devices.some(({ subject }) => subject !== undefined);
  }

  /** The next version of the app is deployed; pages get it when they are loaded the next time. */
  #upgradeApp(): void {
    const { universe, machine } = this.#parts;
    if (machine.isUpgraded || !this.#hasBegun) return;
    machine.isUpgraded = true;
    universe.note("the next version of the app is deployed");
    void machine.restart().catch(() => undefined);
  }

  #stepClock(): void {
    const { universe, machine } = this.#parts;
    const stepMs = this.#chance.pick([-3_600_000, -1_000, 1_000, 3_600_000]);
    const device = this.#chance.pick(this.#parts.devices);
    universe.note(`a wall clock steps by ${stepMs}`);
    if (this.#chance.happens(0.5)) machine.clockOffsetMs += stepMs;
    else device.profile.clockOffsetMs += stepMs;
  }
}
