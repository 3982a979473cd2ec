import { lastVersionIn, readLogFiles } from "../oracle/read-log-files.ts";
import type { SimulatedDisk } from "../world/simulated-disk.ts";
import type { Broken } from "./broken.ts";

/** P3: what a device is told of a version is sent once no loss of power can take that version away. */
export function checkTold(
  disk: SimulatedDisk,
  { device, atMs, text }: { readonly device: string; readonly atMs: number; readonly text: string },
): readonly Broken[] {
  const told = versionTold(text);
  if (told === undefined) return [];
  const durable = lastVersionIn(disk.durable());
  if (told <= durable) return [];
  return [{ promise: "P3", what: `${device} was told of version ${told} when the disk was sure of ${durable}`, atMs }];
}

/** P3: who enters something by a direct call is answered once it cannot be lost. */
export function checkAnswered(disk: SimulatedDisk, id: string, atMs: number): readonly Broken[] {
  const isSafe = readLogFiles(disk.durable()).some(({ writes }) =>
    writes.some(({ document }) => document?.["value"] === id),
  );
  return isSafe ? [] : [{ promise: "P3", what: `${id} was answered when the disk was not sure of it`, atMs }];
}

function versionTold(text: string): number | undefined {
  const [, version] = /^\{"type":"(?:poke","to|cursor","version)":(\d+)/.exec(text) ?? [];
  if (version !== undefined) return Number(version);
  if (!text.startsWith('{"type":"result"')) return undefined;
  const result: unknown = JSON.parse(text);
  return Number(Object(result).version);
}
