import { createHash } from "node:crypto";
import { chainNext } from "bothy/internal";
import type { HelloDevice, Outcome, PushedMutation } from "bothy/internal";
import type { Engine, RecordWrite } from "../engine/index.ts";

/** What a deployment keeps of a device for ever: who it is, and which of its mutations have been applied (SY18). */
export interface DeviceRecord {
  readonly n: number;
  readonly chain: string;
  readonly userId: string;
  /** Hash of the key that the device drew; the key itself is the device's secret. */
  readonly keyHash: string;
  /** Of copies of one device: the id that all of them had. What one of them has had decided is told to the others (SY18). */
  readonly family?: string;
}

/** An outcome as it is kept, with the nonce that tells a duplicate from another device's mutation. */
export interface KeptOutcome {
  readonly nonce: string;
  readonly outcome: Outcome;
}

type RecordKey = RecordWrite["key"];

function deviceRecordKey(deviceId: string): RecordKey {
  return ["device", deviceId];
}

function outcomeRecordKey(deviceId: string, n: number): RecordKey {
  return ["outcome", deviceId, n];
}

function familyRecordKey(family: string, nonce: string): RecordKey {
  return ["family", family, nonce];
}

/** Hashes a device key for its record. */
export function hashDeviceKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The record of a device, undefined if the deployment does not know it. */
export function readDevice(engine: Engine, deviceId: string): DeviceRecord | undefined {
  const text = engine.readRecord(deviceRecordKey(deviceId));
  return text === undefined ? undefined : (JSON.parse(text) as DeviceRecord);
}

/** Tells whether a record is what the deployment has committed for the device, be it durable yet or not. */
export function isRecorded(engine: Engine, deviceId: string, record: DeviceRecord): boolean {
  return engine.readRecord(deviceRecordKey(deviceId)) === JSON.stringify(record);
}

/** The outcome of a device's mutation, with the length of its text; undefined if it is no longer kept. */
export function readOutcome(
  engine: Engine,
  deviceId: string,
  n: number,
): (KeptOutcome & { readonly sizeBytes: number }) | undefined {
  const text = engine.readRecord(outcomeRecordKey(deviceId, n));
  return text === undefined ? undefined : { ...parseKeptOutcome(text), sizeBytes: text.length };
}

/**
 * How a mutation ended that another copy of this device has sent already: one that lay in the outbox when the profile was copied.
 * Its number was the same in all copies, so what was decided before there was a family is found by that.
 */
export function readFamilyOutcome(
  engine: Engine,
  { family }: DeviceRecord,
  { n, nonce }: Pick<PushedMutation, "n" | "nonce">,
): Outcome | undefined {
  if (family === undefined) return undefined;
  const place = engine.readRecord(familyRecordKey(family, nonce));
  const [deviceId, number] = place === undefined ? [family, n] : (JSON.parse(place) as readonly [string, number]);
  const kept = readOutcome(engine, deviceId, number);
  if (kept?.nonce !== nonce) return place === undefined ? undefined : [n, "expired"];
  const { outcome } = kept;
  switch (outcome[1]) {
    case "applied":
      return [n, "applied", outcome[2]];
    case "rejected":
      return [n, "rejected", outcome[2]];
    case "expired":
      return [n, "expired"];
    // Not decided: it is tried again here as it would be there.
    case "parked":
      return undefined;
  }
}

/** The device whose outcome a commit's record writes; undefined if it is another record. */
export function deviceOfOutcome({ key, text }: RecordWrite): string | undefined {
  const [kind, deviceId] = key;
  return kind === "outcome" && typeof deviceId === "string" && text !== null ? deviceId : undefined;
}

/** The outcome that such a record keeps. */
export function parseKeptOutcome(text: string): KeptOutcome {
  return JSON.parse(text) as KeptOutcome;
}

/** The record of a device that is new here; `family`: of which device it is a copy. */
export function newDeviceRecord(device: HelloDevice, userId: string, family: string | undefined): DeviceRecord {
  const record = { n: device.start, chain: device.startChain, userId, keyHash: hashDeviceKey(device.key) };
  return family === undefined ? record : { ...record, family };
}

/** The family of a device that says which id it had before, and the record of that one where it has to learn of the copy. */
export function planFamily(
  device: HelloDevice,
  previous: DeviceRecord | undefined,
): { readonly family?: string; readonly learns?: DeviceRecord } {
  // Whoever has another key is no copy.
  if (device.previous === undefined || (previous && previous.keyHash !== hashDeviceKey(device.key))) return {};
  const family = previous?.family ?? device.previous;
  return previous && previous.family === undefined ? { family, learns: { ...previous, family } } : { family };
}

/** The write that keeps a record. */
export function writeOfDevice(deviceId: string, record: DeviceRecord): RecordWrite {
  return { key: deviceRecordKey(deviceId), text: JSON.stringify(record) };
}

/** The record after one more mutation. */
export function advanceRecord(record: DeviceRecord, nonce: string): DeviceRecord {
  return { ...record, n: record.n + 1, chain: chainNext(record.chain, nonce) };
}

/** The writes that go into the commit of a mutation: the advanced record, its outcome, and the end of the oldest kept one. */
export function writesOfOutcome(
  deviceId: string,
  advanced: DeviceRecord,
  kept: KeptOutcome,
  outcomesKept: number,
): readonly RecordWrite[] {
  const { family, n } = advanced;
  const expired = n - outcomesKept;
  return [
    ...(family === undefined
      ? []
      : [{ key: familyRecordKey(family, kept.nonce), text: JSON.stringify([deviceId, n]) }]),
    writeOfDevice(deviceId, advanced),
    { key: outcomeRecordKey(deviceId, n), text: JSON.stringify(kept) },
    ...(expired < 1 ? [] : [{ key: outcomeRecordKey(deviceId, expired), text: null }]),
  ];
}
