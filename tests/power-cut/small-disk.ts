import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file system of its own in a file, which can be copied while it is in use: the copy is what a power cut leaves. */
export interface SmallDisk {
  /** Where it is mounted. */
  readonly mountPoint: string;
  /** Copies what has reached the disk, mounts the copy, and returns where. */
  copyTo(name: string): SmallDisk;
  remove(): void;
}

const sizeBytes = 96 * 1_048_576;

/** Makes an empty ext4 in a folder; needs root. */
export function makeSmallDisk(folder: string, name: string): SmallDisk {
  const image = join(folder, `${name}.img`);
  writeFileSync(image, "");
  truncateSync(image, sizeBytes);
  run("mkfs.ext4", ["-q", "-F", image]);
  return mountImage(folder, name);
}

/** Why no such disk can be had here; undefined if it can. */
export function whyNoSmallDisk(folder: string): string | undefined {
  try {
    makeSmallDisk(folder, "trial").remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "it cannot be mounted") : String(error);
  }
}

function mountImage(folder: string, name: string): SmallDisk {
  const image = join(folder, `${name}.img`);
  const mountPoint = join(folder, name);
  mkdirSync(mountPoint);
  run("mount", ["-o", "loop", image, mountPoint]);
  return {
    mountPoint,
    copyTo: (other) => {
      copyFileSync(image, join(folder, `${other}.img`));
      return mountImage(folder, other);
    },
    remove: () => {
      run("umount", ["--lazy", mountPoint]);
      rmSync(mountPoint, { recursive: true });
      rmSync(image);
    },
  };
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: "pipe" });
}
