import { join } from "node:path";
import S3rver from "s3rver";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort, makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { endAll, errorIn, runBothy, startBothy } from "./cli-process.ts";

const names = ["a", "b"];
const secret = "CANARY-secret-of-the-bucket";
let store: S3rver;
let env: Record<string, string>;
let storeOptions: S3rver.S3rverOptions;
let deployment: Deployment;

beforeAll(async () => {
  const port = await freePort();
  const bucketNames = ["backups", "other-bucket"];
  storeOptions = {
    address: "127.0.0.1",
    port,
    silent: true,
    directory: await makeFolder(),
    configureBuckets: bucketNames.map((name) => ({ name, configs: [] })),
  };
  store = new S3rver(storeOptions);
  await store.run();
  env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: "eu-test-1",
    AWS_ACCESS_KEY_ID: "S3RVER",
    AWS_SECRET_ACCESS_KEY: secret,
  };
  deployment = await startDeployment();
});
afterEach(endAll);
afterAll(async () => {
  await deployment.stop();
  await store.close();
});

async function addOne(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await deployment.run("counters:addOne", { names });
}

async function countersAfterRestore(source: string, to: string): Promise<unknown> {
  const done = await runBothy(["--json", "restore", source, "--folder", to], { env });
  expect([done.code, done.stderr]).toEqual([0, ""]);
  const restored = await startDeployment({ folder: to });
  try {
    return await restored.run("counters:read", { names });
  } finally {
    await restored.stop();
  }
}

test("[BK3] [BK9] a bucket takes a backup, then what is new, and restores; its credentials are in no output", async () => {
  const folder = await makeFolder();
  const target = "s3://backups/app/nightly";
  const back = () => runBothy(["--json", "backup", target, "--folder", deployment.folder], { env });
  await addOne(5);
  const first = await back();
  await addOne(3);
  const second = await back();
  expect([first.code, second.code, first.stderr + second.stderr]).toEqual([0, 0, ""]);
  const [whole, rest] = [first, second].map(({ stdout }) => JSON.parse(stdout) as { shippedBytes: number });
  expect(rest?.shippedBytes).toBeLessThan(whole?.shippedBytes ?? 0);
  expect(await countersAfterRestore(target, join(folder, "new"))).toEqual([8, 8]);
  const listed = await runBothy(["restore", target, "--list"], { env });
  const refused = await runBothy(["backup", "s3://no-such-bucket/x", "--folder", deployment.folder], { env });
  expect(refused.code).toBe(4);
  for (const { stdout, stderr } of [first, second, listed, refused]) expect(stdout + stderr).not.toContain("CANARY");
});

test("[BK8] following goes on when the bucket was away for a while, and says how far behind it is", async () => {
  const folder = await makeFolder();
  const target = "s3://backups/followed";
  const following = startBothy(["backup", target, "--folder", deployment.folder, "--follow"], { env });
  await following.waitFor("Following");
  await store.close();
  await addOne(2);
  await following.waitFor("wait to be shipped. Trying again in 0.5 s.");
  const before = (await deployment.run("counters:read", { names })) as number[];
  store = new S3rver({ ...storeOptions, configureBuckets: [] });
  await store.run();
  await following.waitFor("is current again");
  await addOne(1);
  following.signal("SIGTERM");
  expect([await following.ended, following.stderr()]).toEqual([0, expect.any(String)]);
  expect(following.stderr()).not.toContain("CANARY");
  expect(await countersAfterRestore(target, join(folder, "new"))).toEqual(before.map((value) => value + 1));
});

test("[BK9] a store that is not there is server_unreachable, without a secret in the message", async () => {
  const away = { ...env, AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}` };
  const done = await runBothy(["--json", "backup", "s3://backups/x", "--folder", deployment.folder], { env: away });
  expect([done.code, errorIn(done.stderr).code]).toEqual([1, "server_unreachable"]);
  expect(done.stderr).not.toContain("CANARY");
});
