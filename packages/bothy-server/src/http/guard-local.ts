import { guardAnswers, type Answers } from "../base/index.ts";

/** True for an address that only programs of this machine reach. */
export function isLocalAddress(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/u.test(host);
}

/**
 * Lets only requests through that were sent to an address, to `localhost`, or to the name of an allowed origin. Any website can
 * have its own name lead to this machine, and its pages would then count as ours: as a new user they would read what one may.
 */
export function guardLocal(answers: Answers, allowedOrigins: readonly string[]): Answers {
  const names = new Set(allowedOrigins.flatMap((origin) => nameOf(origin) ?? []));
  return guardAnswers(answers, {
    isOurs({ headers }) {
      const host = headers.get("host") ?? "";
      return nobodysName.test(host) || names.has(nameOf(`http://${host}`) ?? "");
    },
    fix: "If a proxy serves it under that name, start the server with --allow-origin https:// and the name.",
  });
}

/** No website can be called so: this machine, and addresses. */
const nobodysName = /^(?:(?:[a-z0-9-]+\.)*localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])(?::\d+)?$/iu;

function nameOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}
