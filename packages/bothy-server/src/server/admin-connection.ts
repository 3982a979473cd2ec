import { BothyError, isBothyError, isErrorCode } from "bothy/internal";
import type { Json, WireError } from "bothy/internal";
import { readAdminKey } from "../auth/index.ts";
import { postForLines, postJson } from "../base/index.ts";
import { callFunction } from "../http/index.ts";
import type { Answer, CallParts } from "../http/index.ts";
import { exportTables } from "../system/index.ts";
import { readAddress } from "./address.ts";
import { openParts } from "./open-parts.ts";
import type { PartsOptions } from "./open-parts.ts";

/** Calls functions of a deployment with the admin's rights, wherever it runs. */
export interface AdminConnection {
  /** Returns the encoded result; throws what the function ended with. */
  call(name: string, args: Json): Promise<Json>;
  /** The documents of tables, of all if none are named, as of one version: the lines of `exportTables`, all of them or an error. */
  exportLines(tables: readonly string[] | undefined): AsyncIterable<string>;
  close(): Promise<void>;
}

/** Calls the running server of the data folder; with none running, opens the folder itself under its lock. */
export async function openAdminConnection(options: PartsOptions): Promise<AdminConnection> {
  const { world, folder } = options;
  const address = await readAddress(world.disk, folder);
  const key = await readAdminKey(world.disk, folder);
  // An address may be left over from a server that was killed, and another program may listen there by now.
  const remote = address === undefined || key === undefined ? undefined : connectTo(address.url, key);
  const problem = await remote?.probe();
  if (remote !== undefined && problem === "none") return remote;
  try {
    const parts = await openParts(options);
    return { ...adminOf({ ...parts, world }), close: () => parts.close() };
  } catch (error) {
    if (problem !== "refused" || !isBothyError(error) || error.code !== "folder_locked") throw error;
    throw new BothyError("unauthorized", {
      message: `The server at ${address?.url ?? ""} does not take the admin key in ${folder}.`,
      fix: "Restart that server: it takes the key that lies in its data folder when it starts.",
    });
  }
}

/** Calls functions of a deployment that is open in this process; closing it is its owner's. */
export function adminOf(parts: CallParts): AdminConnection {
  return {
    call: async (name, args) => valueOf(await callFunction(parts, name, args)),
    exportLines: (tables) => linesOf(exportTables(parts.engine, tables)),
    close: () => Promise.resolve(),
  };
}

/** Whether a server takes our calls: `refused` if one of Bothy's answers and does not know the key. */
export type Problem = "none" | "refused" | "absent";

/** Calls the server at an address with an admin key. */
export function connectTo(url: string, key: string): AdminConnection & { probe(): Promise<Problem> } {
  const headers = { authorization: `Bothy ${key}` };
  const post = (name: string, args: Json) => postJson(`${url}/api/admin/run`, { name, args }, headers);
  return {
    probe: async () => {
      const answer = await post("_system/tables:readSchema", {});
      if (answer === undefined || !isAnswer(answer.body)) return "absent";
      return "error" in answer.body && answer.body.error.code === "unauthorized" ? "refused" : "none";
    },
    call: async (name, args) => {
      const answer = await post(name, args);
      if (answer === undefined || !isAnswer(answer.body)) {
        throw unreachableServer(url);
      }
      return valueOf(answer.body);
    },
    exportLines: (tables) => exportFrom(url, headers, tables),
    close: () => Promise.resolve(),
  };
}

/** Fails where the connection ends before the export does. */
async function* exportFrom(
  url: string,
  headers: Readonly<Record<string, string>>,
  tables: readonly string[] | undefined,
): AsyncGenerator<string> {
  const found = await postForLines(`${url}/api/admin/export`, tables === undefined ? {} : { tables }, headers);
  if (found?.kind === "answer" && isAnswer(found.body)) valueOf(found.body);
  let last = "";
  if (found?.kind === "lines") {
    for await (const line of found.lines) {
      last = line;
      yield line;
    }
  }
  if (!last.startsWith('["done",')) throw unreachableServer(url);
}

async function* linesOf(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) yield* piece.slice(0, -1).split("\n");
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

function unreachableServer(url: string): BothyError {
  return new BothyError("server_unreachable", {
    message: `The Bothy server at ${url} does not answer any more.`,
    fix: "Look at its log, start it again and repeat the command.",
  });
}

function isAnswer(body: unknown): body is Answer {
  if (typeof body !== "object" || body === null) return false;
  if ("value" in body) return true;
  const error = "error" in body ? body.error : undefined;
  return typeof error === "object" && error !== null && "code" in error && isErrorCode(error.code);
}
