/** Who writes and who keeps what it is told, for the tests of `sync` only. */
import { compareText } from "bothy/internal";
import type { Document, Hello, Poke } from "bothy/internal";
import { connectDevice, lastValue, mutation, newDevice, settle, until } from "./test-deployment.ts";
import type { Incoming, TestClient, TestDeployment, TestDevice } from "./test-deployment.ts";
import { textOf } from "./test-notes.ts";

/** A device that calls mutations; the promise has the value of each. */
export async function connectAuthor(deployment: TestDeployment) {
  return writerOf((await connectDevice(deployment)).client);
}

/** The same, by a device that is connected and has called none yet. */
export function writerOf(client: TestClient) {
  let n = 0;
  return async (name: string, args: Record<string, string | number>): Promise<string> => {
    n++;
    client.send({ type: "push", mutations: [mutation(n, name, args)] });
    await until(() => client.outcomes.length === n);
    await settle();
    return lastValue(client);
  };
}

/** The bodies of the notes that a device has, in order. */
export function bodiesOf(model: ModelRows): readonly string[] {
  return [...model.rows.values()]
    .filter(({ table }) => table === "notes")
    .map(({ document }) => textOf(document, "body"))
    .toSorted(compareText);
}

interface ModelRows {
  readonly rows: ReadonlyMap<string, { readonly table: string; readonly document: Document }>;
}

/** What a device keeps of what it is told. */
interface HeldModel {
  readonly rows: ReadonlyMap<string, { readonly document: Document }>;
  /** What its next hello says. */
  connect(): Partial<Hello>;
  receive(message: Incoming): void;
}

/** A device that keeps what it is told over several sockets. */
export class Reader<Model extends HeldModel> {
  readonly model: Model;
  readonly device: TestDevice = newDevice();
  client: TestClient | undefined;
  userId = "";
  #taken = 0;

  constructor(model: Model) {
    this.model = model;
  }

  async connect(deployment: TestDeployment, more: Partial<Hello> = {}): Promise<TestClient> {
    this.client?.disconnect();
    const connected = await connectDevice(deployment, this.device, { ...this.model.connect(), ...more });
    this.client = connected.client;
    this.userId = connected.userId;
    this.#taken = 0;
    this.read();
    return connected.client;
  }

  /** Waits for the next cursor, as it comes at rest. */
  async seal(deployment: TestDeployment): Promise<void> {
    deployment.clock.advance(2_000);
    await settle();
    this.read();
  }

  read(): void {
    const messages = this.client?.messages ?? [];
    for (const message of messages.slice(this.#taken)) this.model.receive(message);
    this.#taken = messages.length;
  }

  get bodies(): readonly unknown[] {
    this.read();
    return Array.from(this.model.rows.values(), ({ document }) => textOf(document, "body")).toSorted(compareText);
  }
}

/** How the ranges of a hello were answered. */
export function wayOf(poke: Poke | undefined): string {
  const { since, without = [], grant = [] } = poke?.header ?? {};
  if (since === undefined) return `${grant.length} whole`;
  return grant.length + without.length === 0 ? "kept" : `kept without ${without.length}, ${grant.length} whole`;
}
