// "Your first local-first app" as its reader sees it: the page that Vite builds, in two browsers.

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { startDeployment, type Deployment } from "../deployment.ts";
import { blocksOf, openGuideApp, root, type GuideApp } from "../guide/guide-app.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

let app: GuideApp;
let server: Deployment;
let anna: Profile;
let ben: Profile;

const seenWithinMs = 15_000;

beforeAll(async () => {
  app = openGuideApp();
  app.follow(blocksOf("docs/guide/first-app.md"));
  app.run(app.bin, "codegen");
  app.run(join(root, "node_modules/vite/bin/vite.js"), "build");
  server = await startDeployment({ app: app.folder });
  [anna, ben] = [await openProfile(), await openProfile()];
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
  app.remove();
});

async function arrive({ page }: Profile, name: string): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel("Your name").fill(name);
  await says(page, "online, 0 waiting");
}

async function says(page: Page, status: string): Promise<void> {
  await expect.poll(() => page.getByRole("status").innerText(), { timeout: seenWithinMs }).toBe(status);
}

async function add({ page }: Profile, name: string): Promise<void> {
  await page.getByLabel("Something to bring").fill(name);
  await page.getByRole("button", { name: "Add" }).click();
}

const lineOf = ({ page }: Profile, name: string) => page.getByRole("listitem").filter({ hasText: name }).first();

test("two browsers share the list, go on without the server, and hear who brings the tent", async () => {
  await arrive(anna, "Anna");
  await arrive(ben, "Ben");
  await add(anna, "Tent");
  await lineOf(ben, "Tent").waitFor();
  await add(ben, "Tent");
  await ben.page.getByText("Tent is on the list already.").waitFor();

  await server.stop();
  for (const { page } of [anna, ben]) await says(page, "offline, 0 waiting");
  await add(anna, "Rope");
  await lineOf(anna, "Rope").waitFor();
  for (const profile of [anna, ben]) await lineOf(profile, "Tent").getByRole("button", { name: "I bring it" }).click();
  await lineOf(anna, "Tent").getByText("Anna brings it").waitFor();
  await lineOf(ben, "Tent").getByText("Ben brings it").waitFor();
  await says(anna.page, "offline, 2 waiting");

  server = await startDeployment({ app: app.folder, folder: server.folder, port: Number(new URL(server.url).port) });
  for (const { page } of [anna, ben]) await says(page, "online, 0 waiting");
  await lineOf(ben, "Rope").waitFor();
  const refusals = (): Promise<string[]> =>
    Promise.all([anna, ben].map(({ page }) => page.getByText("brings the Tent already.").allInnerTexts())).then(
      (texts) => texts.flat(),
    );
  await expect.poll(async () => (await refusals()).length, { timeout: seenWithinMs }).toBe(1);
  const winner = (await refusals())[0]?.startsWith("Anna") ? "Anna" : "Ben";
  for (const profile of [anna, ben]) await lineOf(profile, "Tent").getByText(`${winner} brings it`).waitFor();
  const late = winner === "Anna" ? ben : anna;
  await late.page.getByRole("button", { name: "All right" }).click();
  await expect.poll(refusals, { timeout: seenWithinMs }).toEqual([]);
});

test("what is ticked off on one device is ticked off on the other", async () => {
  await anna.page.getByLabel("Rope is packed").check();
  await expect.poll(() => ben.page.getByLabel("Rope is packed").isChecked(), { timeout: seenWithinMs }).toBe(true);
  expect([...anna.errors, ...ben.errors]).toEqual([]);
});
