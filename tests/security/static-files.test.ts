import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { testApp } from "../deployment.ts";
import { requestText, sendRaw } from "./raw-http.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

// In the workspace, because an app finds `bothy` in the node_modules above it.
const app = join(dirname(dirname(testApp)), "test-results", `app-with-pages-${process.pid}`);
const page = "<!doctype html><title>The page of the app</title>";
const secret = "nobody may read this";

let scene: Scene;
beforeAll(async () => {
  await cp(testApp, app, { recursive: true });
  await mkdir(join(app, "dist", "assets"), { recursive: true });
  await writeFile(join(app, "dist", "index.html"), page);
  await writeFile(join(app, "dist", "assets", "main.js"), "export {};");
  for (const name of ["secret.txt", "dist-secret.txt", ".env"]) await writeFile(join(app, name), secret);
  await mkdir(join(app, "dist2"));
  await writeFile(join(app, "dist2", "secret.txt"), secret);
  scene = await openScene({ app });
});
afterEach(() => scene.expectPeace());
afterAll(async () => {
  await scene.close();
  await rm(app, { recursive: true, force: true });
});

describe("[S22] [S23] no address leads out of the front end's folder:", () => {
  test.each([
    "/../secret.txt",
    "/../../secret.txt",
    "/assets/../../secret.txt",
    "/assets/../../dist2/secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%2fsecret.txt",
    "/.%2e/secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/%252e%252e/secret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/%uff0e%uff0e/secret.txt",
    "/..\\secret.txt",
    "/%2e%2e%5csecret.txt",
    "/....//secret.txt",
    "/..;/secret.txt",
    "//../secret.txt",
    "//secret.txt",
    "///secret.txt",
    "//evil.example/../secret.txt",
    "/./../secret.txt",
    "/index.html/../../secret.txt",
    "/index.html%00/../../secret.txt",
    "/secret.txt%00.html",
    "/../.env",
    "/.env",
    "/../bothy/server.ts",
    "/bothy/server.ts",
    "/package.json",
    "/../dist-secret.txt",
    "/-secret.txt",
    "/2/secret.txt",
    "/etc/hosts.txt",
    "/proc/self/environ.txt",
    "/%",
    "/%zz.txt",
    "/__proto__.js",
    "/.%00",
    "/assets/main.js/x.js",
    "/INDEX.HTML",
    `/${"../".repeat(500)}etc/hosts.txt`,
    `/${"x".repeat(8_000)}.js`,
  ])("%s", async (target) => {
    for (const form of [target, `http://${new URL(scene.url).host}${target}`]) {
      const { status, text } = await sendRaw(scene.url, requestText(scene.url, form));
      expect(text).not.toContain(secret);
      expect([400, 404]).toContain(status);
    }
  });

  test.each([
    "/etc/passwd",
    "/constructor",
    "/..",
    "/assets",
    "/assets/",
    "/reports/7?x=../secret.txt",
    "/assets/main.js/",
  ])("a name without an extension is a screen of the app, and nothing else: %s", async (target) => {
    const { status, text } = await sendRaw(scene.url, requestText(scene.url, target));
    expect([status, text.endsWith(page)]).toEqual([200, true]);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])("%s changes and shows nothing", async (method) => {
    const headers = "content-length: 0\r\ncookie: seen=1\r\n";
    const { status, text } = await sendRaw(scene.url, requestText(scene.url, "/index.html", { method, headers }));
    expect([status, text.includes("seen=1")]).toEqual([404, false]);
  });
});

test("[S37] what is served says that it is not to be guessed, framed or extended", async () => {
  const response = await fetch(`${scene.url}/`);
  expect(await response.text()).toBe(page);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const rule of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) expect(policy).toContain(rule);
});
