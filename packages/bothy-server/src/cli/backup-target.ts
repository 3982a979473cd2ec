import { isAbsolute, relative, resolve } from "node:path";
import { BothyError } from "bothy/internal";
import { openFolderTarget, openPrefixTarget } from "../backup/index.ts";
import type { BackupTarget } from "../backup/index.ts";
import { openObjectStore } from "../base/index.ts";
import type { Disk } from "../base/index.ts";

/** Who asks for the target of a backup. */
export interface TargetParts {
  readonly disk: Disk;
  /** Endpoint and credentials come from here, and from nowhere else: the command's words are seen by everybody. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A data folder that the target must not overlap with. */
  readonly folder?: string;
}

/** Opens the folder or the bucket that a backup's name means. */
export async function openBackupTarget(name: string, parts: TargetParts): Promise<BackupTarget> {
  if (name.startsWith("s3://")) return await openBucket(name, parts.env);
  if (/^[a-z][a-z0-9+.-]+:\/\//iu.test(name)) {
    throw new BothyError("usage_invalid", {
      message: `${name} is neither a folder nor an address that begins with s3://.`,
      fix: "Name a folder, or s3://bucket/prefix.",
    });
  }
  const folder = resolve(name);
  if (parts.folder !== undefined && (isInside(folder, parts.folder) || isInside(parts.folder, folder))) {
    throw new BothyError("usage_invalid", {
      message: `The backup ${folder} and the data folder ${parts.folder} overlap.`,
      fix: "Name a folder outside of it, best on another disk.",
    });
  }
  return openFolderTarget(parts.disk, folder);
}

async function openBucket(name: string, env: TargetParts["env"]): Promise<BackupTarget> {
  const [, bucket, path = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/u.exec(name) ?? [];
  const prefix = path.replace(/\/+$/u, "");
  if (
    bucket === undefined ||
    prefix.split("/").some((part) => part === "." || part === "..") ||
    prefix.includes("//")
  ) {
    throw new BothyError("usage_invalid", {
      message: `${name} is no address of a bucket.`,
      fix: "Write s3://bucket/prefix.",
    });
  }
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  if (env["AWS_SESSION_TOKEN"] !== undefined) {
    throw new BothyError("config_invalid", {
      message: "AWS_SESSION_TOKEN is set, and temporary credentials are not supported.",
      fix: "Use a key of its own that may read, write, list and delete below the prefix.",
    });
  }
  const store = await openObjectStore({
    endpoint: env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? `https://s3.${region}.amazonaws.com`,
    region,
    bucket,
    accessKeyId: needed(env, "AWS_ACCESS_KEY_ID"),
    secretAccessKey: needed(env, "AWS_SECRET_ACCESS_KEY"),
  });
  return openPrefixTarget(store, prefix, `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`);
}

function needed(env: TargetParts["env"], name: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new BothyError("config_invalid", {
    message: `${name} is not set.`,
    fix: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and for another store than Amazon's AWS_ENDPOINT_URL and AWS_REGION.",
  });
}

function isInside(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path === "" || (!path.startsWith("..") && !isAbsolute(path));
}
