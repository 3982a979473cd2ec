// Which fields of a report the changes of this device concern that the server has not confirmed, or has refused.

import { useOutbox } from "bothy/react";
import { useMemo } from "react";
import { objectOf } from "./changes/change-text.ts";
import { useOpenRejected } from "./changes/discards.ts";
import { fieldNames, type FieldName, type FieldValue } from "../bothy/shared/fields.ts";

/** A field, or the standing of the report as a whole. */
export type MarkedField = FieldName | "status";

/** A change of one field that the server has refused. */
export interface RejectedWrite {
  /** Its number in the list of rejected changes. */
  readonly n: number;
  readonly name: string;
  readonly field: MarkedField;
  /** What was written; undefined where the change was something else than a value. */
  readonly wrote: FieldValue | undefined;
  /** The other fields of the same change: they are sent again or discarded with it. */
  readonly others: readonly MarkedField[];
  /** Not refused yet: it could not be judged, and is tried again by itself. */
  readonly isParked: boolean;
  readonly error: unknown;
}

export interface FieldMarks {
  readonly waiting: ReadonlySet<MarkedField>;
  readonly rejected: readonly RejectedWrite[];
  /** When the acts on this report were made that still wait. */
  readonly waitingMs: readonly number[];
}

interface Call {
  readonly name: string;
  readonly args: unknown;
  readonly timeMs: number;
}

interface RejectedCall extends Call {
  readonly n: number;
  readonly state: "rejected" | "parked";
  readonly error: unknown;
}

/** A report by its id and, if it was filed here, by the key under which the device sent it. */
interface Subject {
  readonly _id: string;
  readonly draftKey?: string | undefined;
}

/** The marks of one report's fields. */
export function useFieldMarks({ _id, draftKey }: Subject): FieldMarks {
  const outbox = useOutbox();
  const entries = useOpenRejected();
  return useMemo(() => fieldMarks({ _id, draftKey }, outbox, entries), [_id, draftKey, outbox, entries]);
}

/** Finds the marks of a report among the changes of this device. */
export function fieldMarks(report: Subject, outbox: readonly Call[], rejected: readonly RejectedCall[]): FieldMarks {
  const waiting = outbox.filter((call) => concerns(call, report));
  return {
    waiting: new Set(waiting.flatMap((call) => writesOf(call).map(([field]) => field))),
    waitingMs: waiting.map((call) => call.timeMs),
    rejected: rejected
      .filter((call) => concerns(call, report))
      .flatMap((call) => {
        const writes = writesOf(call);
        return writes.map(([field, wrote]) => ({
          n: call.n,
          name: call.name,
          field,
          wrote,
          others: writes.map(([other]) => other).filter((other) => other !== field),
          isParked: call.state === "parked",
          error: call.error,
        }));
      }),
  };
}

/** Tells whether an act was made at this moment that still waits. A row written later in the same call is a little younger. */
export function isWaiting(marks: FieldMarks, timeMs: number): boolean {
  return marks.waitingMs.some((waitingMs) => Math.abs(waitingMs - timeMs) < 1);
}

const ofStatus = new Set(
  ["create", "review", "unreview", "close", "closeMany", "reopen", "reopenMany"].map(
    (name) => `shared/reports:${name}`,
  ),
);

function writesOf({ name, args }: Call): (readonly [MarkedField, FieldValue | undefined])[] {
  if (ofStatus.has(name)) return [["status", undefined]];
  const { changes, field } = objectOf(args);
  if (name === "shared/reports:edit") {
    const written = objectOf(changes);
    return fieldNames.filter((one) => one in written).map((one) => [one, valueOf(written[one])]);
  }
  const settled = name === "shared/history:settle" ? fieldNames.find((one) => one === field) : undefined;
  return settled === undefined ? [] : [[settled, undefined]];
}

function concerns({ args }: Call, { _id, draftKey }: Subject): boolean {
  const named = objectOf(args);
  const several = named["reportIds"];
  return (
    named["reportId"] === _id ||
    (Array.isArray(several) && several.includes(_id)) ||
    (draftKey !== undefined && named["draftKey"] === draftKey)
  );
}

function valueOf(value: unknown): FieldValue | undefined {
  return typeof value === "string" || typeof value === "number" || value === null ? value : undefined;
}
