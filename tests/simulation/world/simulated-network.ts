import type { SocketListener, SocketPort } from "../../../packages/bothy/src/base/index.ts";
import type { Socket } from "../../../packages/bothy-server/src/base/index.ts";
import type { Life, Universe } from "./universe.ts";

/** How the network behaves, drawn for each seed. */
export interface NetworkTemper {
  readonly delayMsMax: number;
  /** Chance that one message takes many times as long. */
  readonly stallRate: number;
  /** A client reads so slowly that bytes wait at the server. */
  readonly isSlowReading: boolean;
}

/** Sees every message of every connection, as it is given to the network and as it arrives. */
export interface NetworkTap {
  sent(connection: Connection, from: "client" | "server", text: string): void;
  arrived(connection: Connection, at: "client" | "server", text: string): void;
}

/** Who takes new connections. */
export interface Listener {
  readonly life: Life;
  accept(socket: Socket): void;
}

/** All connections between clients and the server. */
export class SimulatedNetwork {
  readonly universe: Universe;
  readonly temper: NetworkTemper;
  readonly tap: NetworkTap;
  /** Undefined while no server runs: then connections are refused. */
  listener: Listener | undefined;
  /** Names of devices that reach nothing. */
  readonly offline = new Set<string>();
  readonly #open = new Set<Connection>();
  #made = 0;

  constructor(universe: Universe, temper: NetworkTemper, tap: NetworkTap) {
    this.universe = universe;
    this.temper = temper;
    this.tap = tap;
  }

  /** The number of the newest connection. */
  get lastConnection(): number {
    return this.#made;
  }

  get connections(): readonly Connection[] {
    return [...this.#open];
  }

  /** Opens a socket as a client's world does. */
  connect(client: Life, listener: SocketListener): SocketPort {
    const connection = new Connection(this, ++this.#made, client, listener);
    this.#open.add(connection);
    connection.open();
    return {
      send: (text) => connection.toServer.send(text),
      close: () => connection.leave("client"),
    };
  }

  forget(connection: Connection): void {
    this.#open.delete(connection);
  }

  /** The server's machine or process has ended: with a process the peers hear of it, with the machine they may not. */
  dropServer(areTold: boolean): void {
    for (const connection of this.connections) connection.lose("server", areTold);
  }

  /** A client's page has ended. */
  dropClient(client: Life): void {
    for (const connection of this.connections) if (connection.client === client) connection.lose("client", true);
  }

  /** Cables are in place again: what was silent speaks. */
  heal(): void {
    for (const connection of this.connections) connection.heal();
  }
}

/** Messages of one direction of a connection: whole, in order, each after a delay. */
class Direction {
  readonly #connection: Connection;
  readonly #from: "client" | "server";
  readonly #waiting: string[] = [];
  #isBusy = false;
  isSilent = false;
  /** The other end leaves what comes unread. */
  isUnread = false;
  isClosed = false;
  bufferedBytes = 0;
  onArrival: (text: string) => void = () => undefined;
  onDrain: () => void = () => undefined;
  onClose: (() => void) | undefined;

  constructor(connection: Connection, from: "client" | "server") {
    this.#connection = connection;
    this.#from = from;
  }

  send(text: string): void {
    if (this.isClosed) return;
    const { network } = this.#connection;
    network.universe.note(`${this.#connection.name} ${this.#from} ${text}`);
    network.tap.sent(this.#connection, this.#from, text);
    this.#waiting.push(text);
    this.bufferedBytes += text.length;
    this.pump();
  }

  /** Takes nothing more; what was sent before still arrives, and then the end. */
  end(onClose: () => void): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClose = onClose;
    this.pump();
  }

  /** Loses everything that is on its way. */
  cut(): void {
    this.isClosed = true;
    this.#waiting.length = 0;
    this.bufferedBytes = 0;
    this.onClose = undefined;
  }

  pump(): void {
    if (this.#isBusy || this.isSilent || this.isUnread) return;
    if (this.#waiting.length === 0 && this.onClose === undefined) return;
    this.#isBusy = true;
    const { universe, temper } = this.#connection.network;
    universe.after(this.#delayMs(temper), this.#connection.name, () => {
      this.#isBusy = false;
      this.#deliver();
      this.pump();
    });
  }

  #delayMs(temper: NetworkTemper): number {
    const { universe } = this.#connection.network;
    if (universe.isHealed) return universe.chance.between(0.05, 0.5);
    const delayMs = universe.chance.between(0.1, temper.delayMsMax);
    const isSlow = temper.isSlowReading && this.#from === "server";
    return universe.chance.happens(temper.stallRate) || isSlow ? 20 * delayMs : delayMs;
  }

  #deliver(): void {
    // Several frames may come in one packet.
    const { universe } = this.#connection.network;
    const count = 1 + universe.chance.below(3);
    for (let i = 0; i < count && !this.isSilent && !this.isUnread; i++) {
      const text = this.#waiting.shift();
      if (text === undefined) break;
      this.bufferedBytes -= text.length;
      this.#connection.network.tap.arrived(this.#connection, this.#from === "client" ? "server" : "client", text);
      this.onArrival(text);
    }
    if (this.#waiting.length > 0) return;
    if (this.bufferedBytes === 0) this.onDrain();
    const close = this.onClose;
    this.onClose = undefined;
    close?.();
  }
}

/** One connection: two directions, and what each end knows of the other. */
export class Connection {
  readonly network: SimulatedNetwork;
  readonly name: string;
  readonly number: number;
  readonly client: Life;
  readonly toServer: Direction;
  readonly toClient: Direction;
  readonly #listener: SocketListener;
  #server: Life | undefined;
  #onServerClose: ((code: number) => void)[] = [];
  #isClientTold = false;
  #isHalfOpen = false;

  constructor(network: SimulatedNetwork, number: number, client: Life, listener: SocketListener) {
    this.network = network;
    this.number = number;
    this.name = `net${number}:${client.name}`;
    this.client = client;
    this.#listener = listener;
    this.toServer = new Direction(this, "client");
    this.toClient = new Direction(this, "server");
  }

  /** True while the client believes in a connection that leads nowhere: only its own patience ends that. */
  get isDeceiving(): boolean {
    return this.#isHalfOpen && this.client.isAlive && !this.#isClientTold;
  }

  /** The handshake: refused when nobody listens. */
  open(): void {
    const { universe, temper } = this.network;
    const arrive = (): void => {
      const { listener } = this.network;
      if (this.toServer.isClosed) return;
      const isOffline = this.network.offline.has(this.client.name.split(".")[0] ?? "");
      if (isOffline || listener === undefined || !listener.life.isAlive) return this.lose("server", true);
      this.#server = listener.life;
      this.toClient.onArrival = (text) => universe.runFor(this.client, () => this.#listener.message(text));
      listener.accept(this.#serverSocket(listener.life));
      universe.after(universe.chance.between(0.1, temper.delayMsMax), this.name, () => {
        universe.runFor(this.client, () => !this.toServer.isClosed && this.#listener.opened());
      });
    };
    universe.after(universe.chance.between(0.1, temper.delayMsMax), this.name, arrive);
  }

  /** One end closes; the other hears of it after what was sent before. */
  leave(end: "client" | "server", code = 1000): void {
    const [own, other] = end === "client" ? [this.toServer, this.toClient] : [this.toClient, this.toServer];
    other.cut();
    if (end === "client") this.#isClientTold = true;
    // Open until the other end has heard of it: a silent cable keeps the news on its way.
    own.end(() => {
      this.network.forget(this);
      if (end === "client") this.#tellServer(code);
      else this.#tellClient(code);
    });
  }

  /** One end is gone without a word; the other is told by its system, or never. */
  lose(end: "client" | "server", isTold: boolean): void {
    this.toServer.cut();
    this.toClient.cut();
    if (!isTold && !this.network.universe.isHealed) {
      this.#isHalfOpen = true;
      return;
    }
    this.network.forget(this);
    const { universe, temper } = this.network;
    universe.after(universe.chance.between(0.1, temper.delayMsMax), this.name, () =>
      end === "client" ? this.#tellServer(1006) : this.#tellClient(1006),
    );
  }

  /** The cable is cut: both ends are told, each in its time. */
  cut(): void {
    this.lose("client", true);
    this.lose("server", true);
  }

  /** Messages of one direction stay on their way. */
  silence(from: "client" | "server"): void {
    (from === "client" ? this.toServer : this.toClient).isSilent = true;
  }

  heal(): void {
    for (const direction of [this.toServer, this.toClient]) {
      direction.isSilent = false;
      direction.pump();
    }
  }

  #tellClient(code: number): void {
    if (this.#isClientTold) return;
    this.#isClientTold = true;
    this.network.universe.runFor(this.client, () => this.#listener.closed(code));
  }

  #tellServer(code: number): void {
    const listeners = this.#onServerClose;
    this.#onServerClose = [];
    if (this.#server?.isAlive) for (const listener of listeners) listener(code);
  }

  #serverSocket(server: Life): Socket {
    const { toClient, toServer } = this;
    return {
      remoteAddress: "10.0.0.1",
      get bufferedBytes() {
        return toClient.bufferedBytes;
      },
      send: (text) => {
        if (server.isAlive) toClient.send(typeof text === "string" ? text : new TextDecoder().decode(text));
      },
      close: (code) => {
        if (server.isAlive) this.leave("server", code);
      },
      setReading: (isReading) => {
        toServer.isUnread = !isReading;
        toServer.pump();
      },
      onMessage: (listener) => {
        toServer.onArrival = (text) => server.isAlive && listener(text);
      },
      onClose: (listener) => void this.#onServerClose.push(listener),
      onDrain: (listener) => {
        toClient.onDrain = () => server.isAlive && listener();
      },
    };
  }
}
