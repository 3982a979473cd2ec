import { post } from "./post.ts";

/** The answer to a request of the command line. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Posts JSON to a server that the user named and reads its JSON answer; undefined when nobody answers there.
 * The only request that Bothy makes on its own, and only to its own server.
 */
export async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<JsonAnswer | undefined> {
  const response = await post(url, body, headers);
  if (response === undefined) return undefined;
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    // Something else than Bothy answered there.
    return { status: response.status, body: undefined };
  }
}
