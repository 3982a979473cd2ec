import { BothyError, errorCodes, toWireError } from "bothy/internal";
import type { ListenRequest } from "./world.ts";

/** Who answers requests and decides on sockets. */
export type Answers = Pick<ListenRequest, "respond" | "accept">;

/** Which requests a port answers. */
export interface AnswerRule {
  /** Whether a request was sent under a name of ours. */
  readonly isOurs: (request: Request) => boolean;
  /** Whether a page may open a socket, asked of those that are ours; absent: any. */
  readonly mayConnect?: (request: Request) => boolean;
  /** What whoever is refused should do. */
  readonly fix: string;
}

/** Lets only requests through that were sent under a name of ours, and says so to all others. */
export function guardAnswers({ respond, accept }: Answers, rule: AnswerRule): Answers {
  const { isOurs, mayConnect = () => true } = rule;
  return {
    respond: (request, remoteAddress) =>
      isOurs(request) ? respond(request, remoteAddress) : Response.json(refusal(rule), { status }),
    accept: (request, remoteAddress) =>
      isOurs(request) && mayConnect(request)
        ? accept(request, remoteAddress)
        : { kind: "refused", status, json: JSON.stringify(refusal(rule)) },
  };
}

const { httpStatus: status } = errorCodes.origin_refused;

function refusal({ fix }: AnswerRule): object {
  const error = new BothyError("origin_refused", {
    message: "This deployment is not served under the name that this request was sent to.",
    fix,
  });
  return { error: toWireError(error) };
}
