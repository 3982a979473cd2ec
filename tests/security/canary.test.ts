import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newProfile, openDevice } from "../raw-device.ts";
import type { RawDevice } from "../raw-device.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** A text that stands nowhere by chance; what is secret is put into every field of everything that is sent. */
const canary = "c4n4ry-5ecret";

let scene: Scene;
let device: RawDevice;
/** The bodies of all errors. */
const answers: string[] = [];
/** What must never be told: the deployment's own secrets, and those of its devices. */
const secrets: string[] = [canary];

beforeAll(async () => {
  scene = await openScene({ args: ["--log-level", "debug", "--log-format", "json"] });
  device = await openDevice(scene.url);
  const { profile, welcome } = device;
  secrets.push(scene.adminKey, profile.key, profile.id, profile.token ?? "", welcome.identity.subject);
  secrets.push(welcome.identity.tokenIdentifier);
});
afterAll(async () => {
  device.close();
  await scene.close();
});

/** Sends a request as no library would, with the canary in all headers, and keeps the answer. */
async function ask(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<string> {
  const url = new URL(scene.url);
  const hidden = {
    cookie: `session=${canary}`,
    referer: `http://x/${canary}`,
    "user-agent": canary,
    "x-anything": canary,
  };
  const text = await new Promise<string>((resolve, reject) => {
    const options = { host: url.hostname, port: url.port, method, path, headers: { ...hidden, ...headers } };
    const sent = request(options, (response) => {
      let received = "";
      response.on("data", (piece: Buffer) => (received += piece.toString()));
      response.on("end", () => resolve(received));
    });
    sent.on("error", reject);
    sent.end(body);
  });
  answers.push(text);
  return text;
}

/** Calls a function with the admin key; keeps the answer if it is an error. */
async function call(name: string, args: unknown): Promise<void> {
  const headers = { authorization: `Bothy ${scene.adminKey}`, "content-type": "application/json" };
  const text = await ask("POST", "/api/admin/run", headers, JSON.stringify({ name, args }));
  if (!text.startsWith('{"error"')) answers.pop();
}

/** Everything that the deployment has said about itself. */
async function said(): Promise<string> {
  const headers = { authorization: `Bearer ${scene.adminKey}` };
  const metrics = await (await fetch(`${scene.url}/api/metrics`, { headers })).text();
  expect(metrics).toContain("bothy_commits_total");
  return `${scene.deployment.output()}\n${metrics}`;
}

async function expectNoSecrets(): Promise<void> {
  const text = await said();
  for (const secret of secrets) {
    expect(secret).not.toBe("");
    expect(text.split("\n").filter((line) => line.includes(secret))).toEqual([]);
    expect(answers.filter((answer) => answer.includes(secret))).toEqual([]);
  }
}

test("[S32] what is sent in headers, cookies, queries and addresses is neither logged, measured nor told back", async () => {
  for (const path of [
    `/api/health?key=${canary}`,
    `/api/${canary}`,
    `/${canary}.txt`,
    `/assets/${canary}`,
    `/..%2f${canary}`,
  ])
    await ask("GET", path);
  await ask("GET", `/api/sync/${canary}`, { upgrade: "websocket", connection: "upgrade" });
  await ask("GET", "/api/sync", { upgrade: "websocket", connection: "upgrade", origin: `http://${canary}.example` });
  for (const path of ["/api/admin/run", "/api/metrics"]) {
    await ask(
      "POST",
      path,
      { authorization: `Bothy ${canary}`, "content-type": "application/json" },
      `{"name":"${canary}"}`,
    );
    await ask("GET", path, { authorization: `Bearer ${canary}` });
  }
  expect(answers.filter((answer) => answer.includes('"error"')).length).toBeGreaterThan(4);
  await expectNoSecrets();
});

test("[S32] arguments are not, whatever becomes of the call", async () => {
  await call("server:count", { name: canary });
  await call("server:count", { name: 5, other: canary });
  await call("server:count", { name: { text: canary } });
  await call("server:countMessages", canary);
  await call("server:allMessages", { room: [canary, canary.length] });
  await call("_system/tables:insertDocuments", { table: "notes", documents: [{ user: canary, text: 5 }] });
  await call("_system/tables:insertDocuments", { table: "notes", documents: [{ user: canary, text: canary }] });
  const headers = { authorization: `Bothy ${scene.adminKey}`, "content-type": "application/json" };
  await ask("POST", "/api/admin/run", headers, `{"name": "server:count", "args": {${canary}`);
  await ask("POST", "/api/admin/run", { ...headers, "content-type": `text/${canary}` }, canary);
  expect(answers.filter((answer) => answer.includes('"error"')).length).toBeGreaterThan(5);
  await expectNoSecrets();
});

test("[S32] nor is what devices send: mutations that are applied, rejected, parked, or end their process", async () => {
  const room = `room of ${canary}`;
  await device.mutate("shared/rooms:join", { room });
  await device.mutate("shared/messages:send", { room, body: canary });
  const outcomes = [
    await device.mutate("shared/messages:send", { room, body: 7 }),
    await device.mutate("shared/messages:send", { room, text: canary }, { version: "another" }),
    await device.mutate("hostile:spin", { secret: canary }),
    await device.mutate("hostile:devour", {}),
  ];
  expect(outcomes.map(([, kind]) => kind)).not.toContain("applied");
  answers.push(JSON.stringify(outcomes));
  await expectNoSecrets();
}, 60_000);

test("[S32] nor are tokens, keys and cursors of devices that are refused", async () => {
  const { profile } = device;
  // Settled together: one that is refused while another is waited for would be an unhandled rejection.
  const opened = await Promise.allSettled([
    openDevice(scene.url, { ...newProfile(), token: canary }),
    openDevice(scene.url, { ...profile, key: "0".repeat(64) }),
    openDevice(scene.url, { ...newProfile(), token: `${profile.token ?? ""}x` }),
  ]);
  for (const one of opened) if (one.status === "rejected") answers.push(String(one.reason));
  expect(answers.length).toBeGreaterThan(0);
  await expectNoSecrets();
});

test("[S32] nor is the secret that stands in the data folder", async () => {
  const log = await readFile(join(scene.deployment.folder, "log", "0000000000000001.log"), "latin1");
  const secret = /"secret":"([0-9a-f]{64})"/u.exec(log)?.[1] ?? "";
  secrets.push(secret);
  await expectNoSecrets();
  // The test reads what a person who debugs would: there is something to be found.
  expect((await said()).split("\n").filter((line) => line.includes('"level":"debug"')).length).toBeGreaterThan(20);
});
