/** 96 random bits of a call and a count: the same id when the call is run again. */
export function idBytes(call: Uint8Array, k: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(call);
  new DataView(bytes.buffer).setUint32(12, k);
  return bytes;
}
