/**
 * A proxy on loopback between clients and a deployment that does what networks do: delay, jitter, throttle, stall, refuse, cut,
 * half-close, and connections that stay open while one or both directions are dead.
 *
 * It works on bytes, below WebSocket: what TCP guarantees stays true, so bytes of one connection are neither reordered nor
 * doubled, because no network in between could do that either. What is real is that two connections of one device overtake
 * each other: what was sent on the old one arrives after what was sent on the new one. `keepAfterClose` makes that happen: what
 * a client had sent on a connection is delivered with all its delay although the client has closed it and opened another.
 */
import { connect, createServer, type Socket } from "node:net";
import { calm, openLane, type Lane, type LaneFaults } from "./lane.ts";

export { calm } from "./lane.ts";
export type { LaneFaults } from "./lane.ts";

/** What is wrong with the network. */
export interface Faults {
  readonly toServer: LaneFaults;
  readonly toClient: LaneFaults;
  /** New connections are ended at once. */
  readonly isRefusing: boolean;
  /** A client's end of a connection reaches the server this much later, with everything that it had sent before. */
  readonly keepAfterClose: boolean;
}

/** Nothing is wrong. */
export const noFaults: Faults = { toServer: calm, toClient: calm, isRefusing: false, keepAfterClose: false };

export interface FaultProxy {
  readonly port: number;
  readonly url: string;
  readonly openCount: number;
  /** Every connection that was ever taken. */
  readonly totalCount: number;
  /** Changes the faults of all connections, those that are open and those to come; what is not named stays. */
  set(faults: Partial<Faults>): void;
  /** Ends all faults. Connections that were made dead stay dead: nobody can send again what was swallowed. */
  heal(): void;
  /** Resets every open connection. */
  cut(): void;
  /** Makes every open connection dead in the directions given, while it stays open on both ends. */
  deaden(directions: "toServer" | "toClient" | "both"): void;
  /** Ends every open connection in one direction, in good order; the other goes on. */
  halfClose(direction: "toServer" | "toClient"): void;
  close(): Promise<void>;
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  readonly toServer: Lane;
  readonly toClient: Lane;
}

export interface FaultProxyOptions {
  /** Where the deployment listens on this machine. */
  readonly target: number;
  /** Where the proxy listens; without one any port that is free. */
  readonly port?: number;
  /** Numbers from 0 to 1 that decide about jitter. */
  readonly random: () => number;
}

/** Opens a proxy without faults. */
export async function openFaultProxy({ target, port = 0, random }: FaultProxyOptions): Promise<FaultProxy> {
  const connections = new Set<Connection>();
  let faults = noFaults;
  let totalCount = 0;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    totalCount += 1;
    // A socket that ends with an error closes; there is nobody else to tell.
    client.on("error", () => undefined);
    if (faults.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    upstream.on("error", () => client.destroy());
    const connection: Connection = {
      client,
      server: upstream,
      toServer: openLane(client, upstream, () => faults.toServer, random),
      toClient: openLane(upstream, client, () => faults.toClient, random),
    };
    connections.add(connection);
    client.on("close", () => {
      connections.delete(connection);
      if (!faults.keepAfterClose) upstream.destroy();
    });
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;

  const set = (change: Partial<Faults>): void => {
    faults = { ...faults, ...change };
    for (const { toServer, toClient } of connections) {
      toServer.refresh();
      toClient.refresh();
    }
  };
  const cut = (): void => {
    for (const { client, server: upstream } of connections) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  };
  return {
    port: taken,
    url: `http://127.0.0.1:${taken}`,
    get openCount() {
      return connections.size;
    },
    get totalCount() {
      return totalCount;
    },
    set,
    heal: () => set(noFaults),
    cut,
    deaden: (directions) => {
      for (const connection of connections) {
        if (directions !== "toClient") connection.toServer.kill();
        if (directions !== "toServer") connection.toClient.kill();
      }
    },
    halfClose: (direction) => {
      for (const connection of connections) connection[direction].end();
    },
    close: () =>
      new Promise((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  };
}
