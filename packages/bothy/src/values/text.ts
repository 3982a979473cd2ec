/** UTF-8 as "latin1 text": a string in which every char code is one byte, so that it can be sliced, compared and joined. */

const utf8 = new TextEncoder();

/** Turns text into its UTF-8 bytes. The text must be well-formed. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  return utf8.encode(text);
}

/** Turns text into its UTF-8 bytes as latin1 text. The text must be well-formed. */
export function utf8OfText(text: string): string {
  return latin1OfBytes(bytesOfText(text));
}

/** Turns UTF-8 bytes, given as latin1 text made by `utf8OfText`, back into text. */
export function textOfUtf8(bytes: string): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const first = bytes.charCodeAt(i);
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = length === 1 ? first : first & (0xff >> (length + 1));
    for (let k = 1; k < length; k++) code = (code << 6) | (bytes.charCodeAt(i + k) & 0x3f);
    text += String.fromCodePoint(code);
    i += length;
  }
  return text;
}

/** Turns latin1 text into bytes. */
export function bytesOfLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Turns bytes into latin1 text. */
export function latin1OfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Counts the UTF-8 bytes of text without making them. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) length += 1;
    else length += 2;
    // A pair is two units of this loop and four bytes together: two are counted here, and the low half is skipped.
    if (code >= 0xd800 && code < 0xdc00) i++;
  }
  return length;
}

const loneSurrogate = /\p{Surrogate}/u;
// The platform's own test takes no time for text without wide characters; older browsers lack it.
const platformTest = (String.prototype as { isWellFormed?: (this: string) => boolean }).isWellFormed;

/** Tells whether text has no lone surrogates and so can be written as UTF-8. */
export function isWellFormed(text: string): boolean {
  return platformTest === undefined ? !loneSurrogate.test(text) : platformTest.call(text);
}
