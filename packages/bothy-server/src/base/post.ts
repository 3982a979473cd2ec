/** Posts JSON to a server that the user named; undefined when nobody answers there. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Response | undefined> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    // Refused or cut: for the caller there is no server.
    return undefined;
  }
}
