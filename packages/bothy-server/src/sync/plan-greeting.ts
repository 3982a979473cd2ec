import { BothyError } from "bothy/internal";
import type { Hello } from "bothy/internal";
import type { TokenVerdict } from "../auth/index.ts";
import type { SchemaVerdict } from "../skew/index.ts";
import { hashDeviceKey } from "./device-record.ts";
import type { DeviceRecord } from "./device-record.ts";

/** What is known when a hello is judged. */
export interface GreetingFacts {
  readonly hello: Hello;
  readonly serverId: string;
  /** What its schema means to the one in force. */
  readonly schema: SchemaVerdict;
  /** undefined: the hello has no token. */
  readonly token: TokenVerdict | undefined;
  /** The record of the device. */
  readonly record: DeviceRecord | undefined;
  /** The record of the device that this one was before, if it names one. */
  readonly previous: DeviceRecord | undefined;
}

/** How a hello is answered. */
export type GreetingPlan =
  | {
      readonly kind: "refuse";
      readonly error: BothyError;
      /** It is the device that it says it is, and what it says of itself counts. */
      readonly isKnownDevice?: true;
    }
  | {
      readonly kind: "welcome";
      /** undefined: a new anonymous user. */
      readonly userId: string | undefined;
      readonly isNewDevice: boolean;
      readonly needsToken: boolean;
      readonly schema: Exclude<SchemaVerdict, { readonly kind: "out_of_reach" }>;
    };

/** Decides who says hello, and whether that is acceptable (SY2, SY3). */
export function planGreeting(facts: GreetingFacts): GreetingPlan {
  const { hello, schema, token, record } = facts;
  const keyHash = hashDeviceKey(hello.device.key);
  // Nothing is told to a socket that names a device but has not its key.
  if (record && record.keyHash !== keyHash) return refuse(deviceForeign("has another key"));
  if (schema.kind === "out_of_reach")
    return { ...refuse(schemaMismatch()), ...(record && { isKnownDevice: true as const }) };
  if (token?.kind === "valid") {
    if (record && record.userId !== token.userId) return refuse(deviceForeign("belongs to another user"));
    return { kind: "welcome", userId: token.userId, isNewDevice: !record, needsToken: token.isRenewalDue, schema };
  }
  // The key of a known device proves what a token would.
  const known = record ?? (facts.previous?.keyHash === keyHash ? facts.previous : undefined);
  if (!known && token) {
    const error = refusalOf(token.kind, hello, facts.serverId);
    if (error) return refuse(error);
  }
  if (known && token?.kind === "invalid") return refuse(unauthorized());
  return { kind: "welcome", userId: known?.userId, isNewDevice: !record, needsToken: true, schema };
}

function refusalOf(kind: "expired" | "foreign" | "invalid", hello: Hello, serverId: string): BothyError | undefined {
  if (kind !== "foreign") return unauthorized();
  // A device that comes from another deployment says so; here it begins as a new user.
  return hello.server !== undefined && hello.server !== serverId ? undefined : tokenForeign();
}

function refuse(error: BothyError): Extract<GreetingPlan, { readonly kind: "refuse" }> {
  return { kind: "refuse", error };
}

function schemaMismatch(): BothyError {
  return new BothyError("schema_mismatch", {
    message:
      "The app on this device is too old for what the deployment runs: nothing says how its rows are to be read.",
    fix: "Reload or update the app; what waits on the device is sent then.",
  });
}

function unauthorized(): BothyError {
  return new BothyError("unauthorized", {
    message: "The token of this device is not valid.",
    fix: "Sign in again. If the device's clock or storage was changed, clear the site's data.",
  });
}

function tokenForeign(): BothyError {
  return new BothyError("token_foreign", {
    message: "The token of this device was signed by another deployment.",
    fix: "Check the address of the deployment, or sign in again at this one.",
  });
}

function deviceForeign(how: string): BothyError {
  return new BothyError("device_foreign", {
    message: `The device that this client names ${how}.`,
    fix: "Let the client draw a new device id; a device can't be taken over by another user.",
  });
}
