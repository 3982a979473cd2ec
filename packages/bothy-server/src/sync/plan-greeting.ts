import { BothyError } from "bothy/internal";
import type { Hello } from "bothy/internal";
import type { TokenVerdict } from "../auth/index.ts";
import { hashDeviceKey } from "./device-record.ts";
import type { DeviceRecord } from "./device-record.ts";

/** What is known when a hello is judged. */
export interface GreetingFacts {
  readonly hello: Hello;
  readonly serverId: string;
  readonly schemaHash: string;
  /** undefined: the hello has no token. */
  readonly token: TokenVerdict | undefined;
  /** The record of the device. */
  readonly record: DeviceRecord | undefined;
  /** The record of the device that this one was before, if it names one. */
  readonly previous: DeviceRecord | undefined;
}

/** How a hello is answered. */
export type GreetingPlan =
  | { readonly kind: "refuse"; readonly error: BothyError }
  | {
      readonly kind: "welcome";
      /** undefined: a new anonymous user. */
      readonly userId: string | undefined;
      readonly isNewDevice: boolean;
      readonly needsToken: boolean;
    };

/** Decides who says hello, and whether that is acceptable (SY2, SY3). */
export function planGreeting(facts: GreetingFacts): GreetingPlan {
  const { hello, schemaHash, token, record } = facts;
  if (hello.schema !== schemaHash) return refuse(schemaMismatch());
  const keyHash = hashDeviceKey(hello.device.key);
  // Nothing is told to a socket that names a device but has not its key.
  if (record && record.keyHash !== keyHash) return refuse(deviceForeign("has another key"));
  if (token?.kind === "valid") {
    if (record && record.userId !== token.userId) return refuse(deviceForeign("belongs to another user"));
    return { kind: "welcome", userId: token.userId, isNewDevice: !record, needsToken: token.isRenewalDue };
  }
  // The key of a known device proves what a token would.
  const known = record ?? (facts.previous?.keyHash === keyHash ? facts.previous : undefined);
  if (!known && token) {
    const error = refusalOf(token.kind, hello, facts.serverId);
    if (error) return refuse(error);
  }
  if (known && token?.kind === "invalid") return refuse(unauthorized());
  return { kind: "welcome", userId: known?.userId, isNewDevice: !record, needsToken: true };
}

function refusalOf(kind: "expired" | "foreign" | "invalid", hello: Hello, serverId: string): BothyError | undefined {
  if (kind !== "foreign") return unauthorized();
  // A device that comes from another deployment says so; here it begins as a new user.
  return hello.server !== undefined && hello.server !== serverId ? undefined : tokenForeign();
}

function refuse(error: BothyError): GreetingPlan {
  return { kind: "refuse", error };
}

function schemaMismatch(): BothyError {
  return new BothyError("schema_mismatch", {
    message: "The app on this device was built with another schema than the deployment runs.",
    fix: "Reload the app; if that does not help, deploy the app and its functions together.",
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
