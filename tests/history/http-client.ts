import { Agent, request } from "node:http";
import type { Scene } from "./scene.ts";
import type { Ending } from "./recorder.ts";
import type { PlannedOperation } from "./workload.ts";

/** Of its calls this share are queries. */
const queryShare = 0.5;
/** Transactions that the function refuses once it has done all that it was asked for. */
const failureShare = 0.05;

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Calls mutations and queries one after the other; after an answer that did not come it goes on as another process. */
export async function runHttpClient(scene: Scene): Promise<void> {
  const { recorder, random, workload, isOver, server } = scene;
  let process = recorder.newProcess();
  while (!isOver()) {
    await server.whenUp();
    const isQuery = random() < queryShare;
    const ops: readonly PlannedOperation[] = isQuery ? workload.keys().map((key) => ({ key })) : workload.transaction();
    const end = recorder.begin(ops);
    const ending = isQuery
      ? await callOverHttp(scene, "histories:look", { keys: ops.map(({ key }) => key) })
      : await callOverHttp(scene, "histories:transact", transactArguments(scene, ops));
    end(process, ending);
    if (ending.type === "info") process = recorder.newProcess();
  }
}

/** The arguments of the mutation; some are to fail when all is done. */
export function transactArguments(
  { random }: Scene,
  ops: readonly PlannedOperation[],
): { readonly ops: readonly PlannedOperation[]; readonly mustFail?: true } {
  return random() < failureShare ? { ops, mustFail: true } : { ops };
}

/** Calls a function once. */
export async function callOverHttp(scene: Scene, name: string, args: object): Promise<Ending> {
  const body = JSON.stringify({ name, args });
  return Promise.race([post(scene, body), scene.givenUp.then((): Ending => ({ type: "info" }))]);
}

function post({ server, adminKey }: Scene, body: string): Promise<Ending> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bothy ${adminKey}`, "content-type": "application/json" };
    const sent = request(`${server.url}/api/admin/run`, { method: "POST", agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", () => resolve({ type: "info" }));
      response.on("end", () => resolve(endingOf(Buffer.concat(pieces).toString())));
    });
    sent.on("error", (error) => resolve({ type: isRefused(error) ? "fail" : "info" }));
    sent.end(body);
  });
}

/** Nobody listens: nothing was sent. */
function isRefused(error: Error): boolean {
  return "code" in error && error.code === "ECONNREFUSED";
}

/** Codes of refusals after which a transaction has certainly left nothing; after all others nobody knows. */
const refusals: ReadonlySet<string> = new Set(["app_error", "contention", "overloaded"]);

function endingOf(text: string): Ending {
  const answer: { value?: unknown; error?: { code: string } } = text === "" ? {} : JSON.parse(text);
  if (answer.error !== undefined) return { type: refusals.has(answer.error.code) ? "fail" : "info" };
  return Array.isArray(answer.value) ? { type: "ok", lists: answer.value } : { type: "info" };
}
