/** Final frame of text, as RFC 6455 has it. */
const finalText = 0x81;
const [length16, length64] = [126, 127];

/**
 * The bytes of a whole text message from a server, which are the same for every client: what goes to many is framed once,
 * and each gets it in one write instead of two.
 */
export function textFrame(payload: string | Uint8Array): Buffer {
  const length = typeof payload === "string" ? Buffer.byteLength(payload, "utf8") : payload.length;
  const headLength = length < length16 ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = finalText;
  if (headLength === 2) frame[1] = length;
  else if (headLength === 4) {
    frame[1] = length16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = length64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof payload === "string") frame.write(payload, headLength, "utf8");
  else frame.set(payload, headLength);
  return frame;
}
