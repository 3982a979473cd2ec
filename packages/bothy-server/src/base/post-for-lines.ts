import { post } from "./post.ts";

/** What a server answers to a request for lines: them, or JSON that says why not. */
export type LinesAnswer =
  | { readonly kind: "lines"; readonly lines: AsyncIterable<string> }
  | { readonly kind: "answer"; readonly body: unknown };

/**
 * Posts JSON to a server that the user named and reads its answer line by line; undefined when nobody answers there. The
 * lines end where the connection does, for whatever reason: the last one has to say that it is the last.
 */
export async function postForLines(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<LinesAnswer | undefined> {
  const response = await post(url, body, headers);
  if (response === undefined) return undefined;
  if (response.ok && response.body !== null) return { kind: "lines", lines: linesOf(response.body) };
  try {
    return { kind: "answer", body: await response.json() };
  } catch {
    // Something else than Bothy answered there.
    return { kind: "answer", body: undefined };
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const piece of body) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch {
    // Cut in the middle: what has come so far is all there is.
  }
}
