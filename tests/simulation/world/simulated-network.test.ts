import { expect, test } from "vitest";
import type { Socket } from "../../../packages/bothy-server/src/base/index.ts";
import { createChance } from "./chance.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { Universe, type Life } from "./universe.ts";

interface Stage {
  readonly universe: Universe;
  readonly network: SimulatedNetwork;
  readonly server: Socket;
  readonly client: { send(text: string): void };
  readonly heard: string[];
  readonly told: string[];
}

/** A connection between a client and a server, in a task of its own because it runs microtasks. */
function play(seed: number, scene: (stage: Stage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        const universe = new Universe(createChance(seed), false);
        const temper = { delayMsMax: 20, stallRate: 0.1, isSlowReading: false };
        const network = new SimulatedNetwork(universe, temper, { sent: () => undefined, arrived: () => undefined });
        const life: Life = { name: "client.1", isAlive: true };
        const heard: string[] = [];
        const told: string[] = [];
        let server: Socket | undefined;
        network.listener = {
          life: { name: "server", isAlive: true },
          accept: (socket) => {
            server = socket;
            socket.onMessage((text) => void heard.push(`server ${String(text)}`));
            socket.onClose((code) => void told.push(`server ${code}`));
          },
        };
        const client = network.connect(life, {
          opened: () => undefined,
          message: (text) => void heard.push(`client ${text}`),
          closed: (code) => void told.push(`client ${code}`),
        });
        universe.run(1_000);
        if (server === undefined) throw new Error("nothing was accepted");
        scene({ universe, network, server, client, heard, told });
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

test("messages of a connection arrive whole and in order, however long each takes", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    await play(seed, ({ universe, server, client, heard }) => {
      for (let at = 0; at < 10; at++) {
        client.send(`up ${at}`);
        server.send(`down ${at}`);
      }
      universe.run(100_000);
      const expected = (end: string, word: string): string[] =>
        Array.from({ length: 10 }, (_, at) => `${end} ${word} ${at}`);
      expect(heard.filter((line) => line.startsWith("server"))).toEqual(expected("server", "up"));
      expect(heard.filter((line) => line.startsWith("client"))).toEqual(expected("client", "down"));
      expect(server.bufferedBytes).toBe(0);
    });
  }
});

test("a cut loses what is on its way and is told to both ends; a half-open end is told nothing", async () => {
  await play(1, ({ universe, network, client, heard, told }) => {
    client.send("lost");
    for (const connection of network.connections) connection.cut();
    universe.run(universe.nowMs + 1_000);
    expect(heard).toEqual([]);
    expect(told.sort()).toEqual(["client 1006", "server 1006"]);
  });
  await play(1, ({ universe, network, told }) => {
    const [connection] = network.connections;
    connection?.lose("server", false);
    universe.run(universe.nowMs + 100_000);
    expect(told).toEqual([]);
    expect(connection?.isDeceiving).toBe(true);
  });
});

test("what a silent direction holds back arrives once it is healed", async () => {
  await play(1, ({ universe, network, client, server, heard }) => {
    for (const connection of network.connections) connection.silence("client");
    client.send("held back");
    server.send("heard");
    universe.run(universe.nowMs + 10_000);
    expect(heard).toEqual(["client heard"]);
    network.heal();
    universe.run(universe.nowMs + 10_000);
    expect(heard).toEqual(["client heard", "server held back"]);
  });
});
