// What a browser withholds from pages that come over plain http from another machine, and where the same app has it.

import { useEffect, useState } from "react";

/** Tells whether this page came over plain http from another machine: no service worker, no locks between windows. */
export function isPlainHttp(): boolean {
  return !globalThis.isSecureContext;
}

/** The https address of the same server; null where it has none, undefined until that is known. */
export function useHttpsAddress(): string | null | undefined {
  const [address, setAddress] = useState<string | null>();
  useEffect(() => {
    const asking = new AbortController();
    askForHttps(asking.signal).then(setAddress, () => undefined);
    return () => asking.abort();
  }, []);
  return address;
}

async function askForHttps(signal: AbortSignal): Promise<string | null> {
  const answer = await fetch("/api/lan", { signal });
  return answer.ok ? readHttpsAddress(await answer.json()) : null;
}

/** Reads the first of the addresses that a server serves to its network. */
export function readHttpsAddress(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null || !("https" in answer) || !Array.isArray(answer.https))
    return null;
  const [first] = answer.https;
  return typeof first === "string" && first.startsWith("https://") ? first : null;
}
