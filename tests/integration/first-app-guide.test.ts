// "Your first local-first app": what the page says, done with the packed packages, a real server and real clients.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../deployment.ts";
import { blocksOf, checkTypes, openGuideApp, root, type GuideApp } from "../guide/guide-app.ts";
import { loadDevice, type GuideDevice, type Item } from "../guide/guide-client.ts";
import { endAll, startBothy, type RunningBothy } from "./cli-process.ts";

const page = "docs/guide/first-app.md";
const blocks = blocksOf(page);
const changing = blocks.findIndex(({ section }) => section.includes("Change the schema"));
const seenWithinMs = 20_000;

let app: GuideApp;
let port: number;
let running: RunningBothy;
let anna: GuideDevice;
let ben: GuideDevice;
const opened: GuideDevice[] = [];

const url = (): string => `http://127.0.0.1:${port}`;

async function serve(): Promise<void> {
  running = startBothy(["dev", "--project-dir", app.folder, "--port", String(port)], { bin: app.bin });
  await running.waitFor("Ctrl-C stops it.");
}

async function stopServer(): Promise<void> {
  running.signal("SIGINT");
  expect(await running.ended).toBe(0);
  for (const { client } of opened) await eventually(() => client.status.value.state, "offline");
}

async function eventually(read: () => unknown, expected: unknown): Promise<void> {
  await expect.poll(read, { timeout: seenWithinMs, interval: 20 }).toEqual(expected);
}

const namesOf = ({ list }: GuideDevice): unknown => list.result.value?.map(({ name }) => name);
const waiting = ({ client }: GuideDevice): unknown => [client.status.value.state, client.status.value.pendingCount];

function itemOf({ list }: GuideDevice, name: string): Item {
  const item = list.result.value?.find((one) => one.name === name);
  if (item === undefined) throw new Error(`The device does not show ${name}.`);
  return item;
}

beforeAll(async () => {
  app = openGuideApp();
  app.follow(blocks.slice(0, changing));
  port = await freePort();
});
afterAll(async () => {
  for (const { client } of opened) await client.close();
  await endAll();
  app.remove();
});

test("the page has its files, the schema changes near its end, and its versions are those of the demo", () => {
  expect(changing).toBeGreaterThan(8);
  expect(blocks.length).toBeGreaterThan(changing + 3);
  const demo = JSON.parse(readFileSync(join(root, "templates/fieldlog/package.json"), "utf8")) as Packages;
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Packages;
  const known: Readonly<Record<string, string>> = {
    ...own.devDependencies,
    ...demo.devDependencies,
    ...demo.dependencies,
  };
  const named = [...readFileSync(join(root, page), "utf8").matchAll(/ (@?[a-z/-]+)@(\d[\d.]+)/gu)];
  expect(named).toHaveLength(7);
  for (const [, name = "", version] of named) expect([name, known[name]]).toEqual([name, version]);
});

interface Packages {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

test("the app of the page compiles, and `bothy dev` serves it", async () => {
  expect(() => checkTypes(app)).not.toThrow();
  await serve();
  const openDevice = await loadDevice(app);
  [anna, ben] = [openDevice(url(), "alps"), openDevice(url(), "alps")];
  opened.push(anna, ben);
  await eventually(
    () => opened.map(waiting),
    [
      ["online", 0],
      ["online", 0],
    ],
  );
});

test("what one device adds the other shows; a thing that is listed is refused on the device; another trip is another list", async () => {
  const { add } = anna.api.shared.items;
  await anna.client.mutate(add, { trip: "alps", name: "Tent" }).local;
  expect(namesOf(anna)).toEqual(["Tent"]);
  await eventually(() => namesOf(ben), ["Tent"]);
  await eventually(() => waiting(anna), ["online", 0]);
  await expect(ben.client.mutate(add, { trip: "alps", name: "Tent" }).local).rejects.toThrow(
    "Tent is on the list already.",
  );
  expect(ben.client.rejected.value).toEqual([]);

  await anna.client.mutate(add, { trip: "coast", name: "Sail" }).server;
  await anna.client.mutate(add, { trip: "alps", name: "Stove" }).server;
  await eventually(() => namesOf(ben), ["Stove", "Tent"]);
  expect(ben.client.query(ben.api.shared.items.list, { trip: "coast" }).result).toMatchObject({ complete: false });
});

test("what no scope of a device returns is there for a moment and gone", async () => {
  const { client, api } = anna;
  const desert = client.query(api.shared.items.list, { trip: "desert" });
  const shown: unknown[] = [];
  desert.subscribe(() => shown.push(desert.result.value?.length));
  await client.mutate(api.shared.items.add, { trip: "desert", name: "Water" }).server;
  await eventually(() => desert.result.value, []);
  expect(shown).toContain(1);
});

test("without a server both devices go on; once it is back both have everything and nothing waits", async () => {
  await stopServer();
  await anna.client.mutate(anna.api.shared.items.add, { trip: "alps", name: "Rope" }).local;
  await ben.client.mutate(ben.api.shared.items.add, { trip: "alps", name: "Lamp" }).local;
  expect([namesOf(anna), waiting(anna)]).toEqual([
    ["Rope", "Stove", "Tent"],
    ["offline", 1],
  ]);
  expect([namesOf(ben), waiting(ben)]).toEqual([
    ["Lamp", "Stove", "Tent"],
    ["offline", 1],
  ]);
  await serve();
  for (const device of [anna, ben]) {
    await eventually(
      () => [namesOf(device), waiting(device)],
      [
        ["Lamp", "Rope", "Stove", "Tent"],
        ["online", 0],
      ],
    );
  }
});

test("of two who bring the tent the server takes the first, and tells the other who it was", async () => {
  await stopServer();
  for (const [{ client, api, list }, by] of [
    [anna, "Anna"],
    [ben, "Ben"],
  ] as const) {
    await client.mutate(api.shared.items.bring, { itemId: itemOf({ client, api, list }, "Tent")._id, by }).local;
    expect(itemOf({ client, api, list }, "Tent").broughtBy).toBe(by);
  }
  await serve();
  const refused = (): readonly string[] =>
    [anna, ben].flatMap(({ client }) => client.rejected.value.map(({ error }) => error.message));
  await eventually(() => refused().length, 1);
  await eventually(
    () => [waiting(anna), waiting(ben)],
    [
      ["online", 0],
      ["online", 0],
    ],
  );
  const winner = itemOf(anna, "Tent").broughtBy;
  expect(itemOf(ben, "Tent").broughtBy).toBe(winner);
  expect(refused()).toEqual([`${winner} brings the Tent already.`]);
  const loser = anna.client.rejected.value.length === 1 ? anna : ben;
  await loser.client.discard(loser.client.rejected.value[0]?.n ?? 0);
  expect(refused()).toEqual([]);
});

test("a changed schema is served without a stop; one that rows do not fit is told with the row, and the app goes on", async () => {
  const id = itemOf(anna, "Rope")._id;
  app.follow(blocks.slice(changing));
  await running.waitFor("Schema and functions reloaded.");
  checkTypes(app);
  const carla = (await loadDevice(app))(url(), "alps");
  await eventually(() => namesOf(carla), ["Lamp", "Rope", "Stove", "Tent"]);
  await carla.client.mutate(carla.api.shared.items.pack, { itemId: id, isPacked: true }).server;
  expect(itemOf(carla, "Rope")).toMatchObject({ isPacked: true });
  // A device that still runs the app of before.
  await anna.client.mutate(anna.api.shared.items.bring, { itemId: id, by: "Anna" }).server;
  await eventually(() => itemOf(carla, "Rope").broughtBy, "Anna");
  await carla.client.close();

  const schema = blocks.find(({ file }) => file === "bothy/schema.ts");
  const text = (schema?.text ?? "").replace("broughtBy: v.optional(v.string())", "isPacked: v.boolean()");
  app.follow([{ file: "bothy/schema.ts", isChange: false, text, line: 0, section: "" }]);
  await running.waitFor("at isPacked: expected boolean");
  await running.waitFor("go on serving");
  await ben.client.mutate(ben.api.shared.items.add, { trip: "alps", name: "Maps" }).server;
});
