import { expect, test } from "vitest";
import { createMemoryDisk } from "../base/index.ts";
import { openBackupTarget } from "./backup-target.ts";

const disk = createMemoryDisk();
const env = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "hidden" };

test.each([
  ["s3://", env, "usage_invalid"],
  ["s3://Bucket/x", env, "usage_invalid"],
  ["s3://bucket/../other", env, "usage_invalid"],
  ["s3://bucket/a//b", env, "usage_invalid"],
  ["ftp://host/x", env, "usage_invalid"],
  ["s3://bucket/x", {}, "config_invalid"],
  ["s3://bucket/x", { ...env, AWS_SECRET_ACCESS_KEY: "" }, "config_invalid"],
  ["s3://bucket/x", { ...env, AWS_SESSION_TOKEN: "t" }, "config_invalid"],
  ["/data", env, "usage_invalid"],
  ["/data/backup", env, "usage_invalid"],
  ["/", env, "usage_invalid"],
])("[BK9] the target %j is refused", async (name, given, code) => {
  await expect(openBackupTarget(name, { disk, env: given, folder: "/data" })).rejects.toMatchObject({ code });
});

test("[BK9] a target is called by what was typed, which holds no credentials", async () => {
  const bucket = await openBackupTarget("s3://bucket/a/b/", { disk, env });
  expect(bucket.title).toBe("s3://bucket/a/b");
  expect((await openBackupTarget("/data-of-backups", { disk, env, folder: "/data" })).title).toBe("/data-of-backups");
});
