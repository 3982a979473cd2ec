/** What was typed to start the server that this page came from, as far as its address tells. */
export function startCommand({ protocol, port }: Pick<Location, "protocol" | "port">): string {
  if (protocol === "https:") return "npm start -- --lan";
  return port === "" || port === "3210" ? "npm start" : `npm start -- --port ${port}`;
}

/** Tells whether the server runs on the machine at which the person sits. */
export function isThisMachine(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || hostname.startsWith("127.")
  );
}
