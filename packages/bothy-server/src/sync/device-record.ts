import { createHash } from "node:crypto";
import { chainNext } from "bothy/internal";
import type { HelloDevice, Outcome } from "bothy/internal";
import type { Engine, RecordWrite } from "../engine/index.ts";

/** What a deployment keeps of a device for ever: who it is, and which of its mutations have been applied (SY18). */
export interface DeviceRecord {
  readonly n: number;
  readonly chain: string;
  readonly userId: string;
  /** Hash of the key that the device drew; the key itself is the device's secret. */
  readonly keyHash: string;
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

/** The device whose outcome a commit's record writes; undefined if it is another record. */
export function deviceOfOutcome({ key, text }: RecordWrite): string | undefined {
  const [kind, deviceId] = key;
  return kind === "outcome" && typeof deviceId === "string" && text !== null ? deviceId : undefined;
}

/** The outcome that such a record keeps. */
export function parseKeptOutcome(text: string): KeptOutcome {
  return JSON.parse(text) as KeptOutcome;
}

/** The record of a device that is new here. */
export function newDeviceRecord(device: HelloDevice, userId: string): DeviceRecord {
  return { n: device.start, chain: device.startChain, userId, keyHash: hashDeviceKey(device.key) };
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
  const expired = advanced.n - outcomesKept;
  return [
    writeOfDevice(deviceId, advanced),
    { key: outcomeRecordKey(deviceId, advanced.n), text: JSON.stringify(kept) },
    ...(expired < 1 ? [] : [{ key: outcomeRecordKey(deviceId, expired), text: null }]),
  ];
}
