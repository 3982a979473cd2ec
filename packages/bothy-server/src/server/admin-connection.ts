import { BothyError, isErrorCode } from "bothy/internal";
import type { Json, WireError } from "bothy/internal";
import { readAdminKey } from "../auth/index.ts";
import { postJson } from "../base/index.ts";
import { callFunction } from "../http/index.ts";
import type { Answer, CallParts } from "../http/index.ts";
import { readAddress } from "./address.ts";
import { openParts } from "./open-parts.ts";
import type { PartsOptions } from "./open-parts.ts";

/** Calls functions of a deployment with the admin's rights, wherever it runs. */
export interface AdminConnection {
  /** Returns the encoded result; throws what the function ended with. */
  call(name: string, args: Json): Promise<Json>;
  close(): Promise<void>;
}

/** Calls the running server of the data folder; with none running, opens the folder itself under its lock. */
export async function openAdminConnection(options: PartsOptions): Promise<AdminConnection> {
  const { world, folder } = options;
  const address = await readAddress(world.disk, folder);
  const key = await readAdminKey(world.disk, folder);
  if (address !== undefined && key !== undefined) {
    const remote = connectTo(address.url, key);
    if (await remote.isAnswering()) return remote;
  }
  const parts = await openParts(options);
  return { ...adminOf({ ...parts, world }), close: () => parts.close() };
}

/** Calls functions of a deployment that is open in this process; closing it is its owner's. */
export function adminOf(parts: CallParts): AdminConnection {
  return {
    call: async (name, args) => valueOf(await callFunction(parts, name, args)),
    close: () => Promise.resolve(),
  };
}

/** Calls the server at an address with an admin key. */
export function connectTo(url: string, key: string): AdminConnection & { isAnswering(): Promise<boolean> } {
  const headers = { authorization: `Bothy ${key}` };
  const post = (name: string, args: Json) => postJson(`${url}/api/admin/run`, { name, args }, headers);
  return {
    isAnswering: async () => (await post("_system/tables:listTables", {})) !== undefined,
    call: async (name, args) => {
      const answer = await post(name, args);
      if (answer === undefined || !isAnswer(answer.body)) {
        throw new BothyError("server_unreachable", {
          message: `No Bothy server answers at ${url}.`,
          fix: "Start it with `bothy start`, or stop what else listens there.",
        });
      }
      return valueOf(answer.body);
    },
    close: () => Promise.resolve(),
  };
}

function valueOf(answer: Answer): Json {
  if ("value" in answer) return answer.value;
  throw errorOf(answer.error);
}

function errorOf({ code, message, fix, data }: WireError): BothyError {
  return new BothyError(code, {
    message,
    ...(fix === undefined ? {} : { fix }),
    ...(data === undefined ? {} : { details: data }),
  });
}

function isAnswer(body: unknown): body is Answer {
  if (typeof body !== "object" || body === null) return false;
  if ("value" in body) return true;
  const error = "error" in body ? body.error : undefined;
  return typeof error === "object" && error !== null && "code" in error && isErrorCode(error.code);
}
