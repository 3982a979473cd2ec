interface Call {
  readonly local: Promise<unknown>;
  readonly server: Promise<unknown>;
}

/** Waits until a change is safe on this device; throws what the function refused there. */
export async function send(call: Call): Promise<void> {
  // The server's refusal is kept by the client and shown under Changes, with what it concerns.
  call.server.catch(() => {});
  await call.local;
}
