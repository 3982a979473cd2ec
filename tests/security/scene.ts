import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeValue } from "bothy/internal";
import type { ErrorCode, Json, Outcome, Value, WireError } from "bothy/internal";
import { expect } from "vitest";
import { startDeployment } from "../deployment.ts";
import type { Deployment, DeploymentOptions } from "../deployment.ts";
import { openDevice } from "../raw-device.ts";
import type { RawDevice } from "../raw-device.ts";

/** A deployment with somebody in it who wants to be left in peace. */
export interface Scene {
  readonly deployment: Deployment;
  readonly url: string;
  readonly adminKey: string;
  /** Connected before anything bad happens. */
  readonly bystander: RawDevice;
  /** Calls a function with the admin key. */
  call(name: string, args?: Json): Promise<Answer>;
  /**
   * The server's process lives and answers, it has met no fault of its own, the documents of the room "control" are those
   * of the beginning, and the bystander's socket is the same: its next mutation is acknowledged.
   */
  expectPeace(): Promise<void>;
  close(): Promise<void>;
}

/** How a call over HTTP ended. */
export interface Answer {
  readonly status: number;
  readonly value?: Json;
  readonly error?: WireError;
}

const controlBodies = ["first", "second", "third"];

/** Starts a server, fills the room "control" and connects the bystander. */
export async function openScene(options: DeploymentOptions = {}): Promise<Scene> {
  const deployment = await startDeployment(options);
  const { url, folder } = deployment;
  const adminKey = (await readFile(join(folder, "admin-key"), "utf8")).trim();
  const bystander = await openDevice(url);
  for (const room of ["control", "lobby"]) await acknowledged(bystander.mutate("shared/rooms:join", { room }));
  for (const body of controlBodies)
    await acknowledged(bystander.mutate("shared/messages:send", { room: "control", body }));
  const call = (name: string, args: Json = {}): Promise<Answer> => callAsAdmin(url, adminKey, { name, args });
  const control = await readControl(call);
  expect(control.map(({ body }) => body)).toEqual(controlBodies);
  const scene = { deployment, url, bystander, call };
  return {
    ...scene,
    adminKey,
    expectPeace: () => expectPeace(scene, control),
    close: async () => {
      bystander.close();
      expect(await deployment.stop()).toBe(0);
    },
  };
}

/** The code of an outcome's error, or how else it ended. */
export function codeOf([, kind, detail]: Outcome): ErrorCode | "applied" | "expired" {
  return kind === "rejected" || kind === "parked" ? detail.code : kind;
}

async function acknowledged(outcome: Promise<Outcome>): Promise<void> {
  expect((await outcome)[1]).toBe("applied");
}

type Documents = readonly { readonly [field: string]: Value | undefined }[];

async function readControl(call: Scene["call"]): Promise<Documents> {
  const { value } = await call("server:allMessages", { room: "control" });
  // The function returns documents.
  return decodeValue(value ?? null) as Documents;
}

async function expectPeace(
  { deployment, url, bystander, call }: Pick<Scene, "deployment" | "url" | "bystander" | "call">,
  control: Documents,
): Promise<void> {
  // Fails if the process is gone; nothing would start another.
  process.kill(deployment.pid, 0);
  const health = await fetch(`${url}/api/health`);
  expect(await health.json()).toMatchObject({ status: "ok", server: bystander.welcome.server });
  expect(await readControl(call)).toEqual(control);
  expect(bystander.socket.isOpen).toBe(true);
  await acknowledged(bystander.mutate("shared/messages:send", { room: "lobby", body: "still here" }));
  expect(bystander.socket.received.filter(({ type }) => type === "error")).toEqual([]);
  // A fault of the server itself is logged under an incident.
  const incidents = deployment.output().match(/^.*"incident".*$/gmu) ?? [];
  expect(incidents.slice(0, 3)).toEqual([]);
}

/** Calls a function over HTTP. */
export async function callAsAdmin(url: string, key: string, body: Json): Promise<Answer> {
  const response = await fetch(`${url}/api/admin/run`, {
    method: "POST",
    headers: { authorization: `Bothy ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: Omit<Answer, "status"> = await response.json();
  return { status: response.status, ...answer };
}
