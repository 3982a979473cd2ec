/** UTF-8 as "latin1 text": a string in which every char code is one byte, so that it can be sliced, compared and joined. */

/** Turns text into its UTF-8 bytes as latin1 text. The text must be well-formed. */
export function utf8OfText(text: string): string {
  let bytes = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    if (code < 0x80) bytes += text[i];
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) {
      bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    } else {
      const high = String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f));
      bytes += high + String.fromCharCode(0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
      i++;
    }
  }
  return bytes;
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

/** Turns text into its UTF-8 bytes. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  return bytesOfLatin1(utf8OfText(text));
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
