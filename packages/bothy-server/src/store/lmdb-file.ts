/*
 * What the first pages of an LMDB file say, as lmdb 3.5 lays them out. LMDB maps the file into memory and trusts it: a
 * file that is cut short or is something else ends the process without a word, so it is looked at before.
 */
const magic = 0xbeefc0de;
const magicAt = 24;
const pageSizeAt = 48;
const lastPageAt = 144;
const transactionAt = 152;
const metaBytes = 160;

/** As much of the file as has to be looked at; page sizes go up to 64 KiB. */
export const lmdbHeadBytes = 65_536 + metaBytes;

/** Tells why a file cannot be LMDB's; undefined if it can, or is empty and so new. */
export function findLmdbProblem(content: Uint8Array, sizeBytes: number): string | undefined {
  if (sizeBytes === 0) return undefined;
  const head = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (head.length < metaBytes) return "it is cut short";
  const pageSize = head.readUInt32LE(pageSizeAt);
  if (head.readUInt32LE(magicAt) !== magic || pageSize < 512 || pageSize > 65_536) return "it is no file of LMDB";
  if (head.length < pageSize + metaBytes || head.readUInt32LE(pageSize + magicAt) !== magic)
    return "its second page is not whole";
  const [first, second] = [head, head.subarray(pageSize)];
  const newest = first.readBigUInt64LE(transactionAt) > second.readBigUInt64LE(transactionAt) ? first : second;
  const pages = newest.readBigUInt64LE(lastPageAt) + 1n;
  return BigInt(sizeBytes) < pages * BigInt(pageSize)
    ? `it has ${sizeBytes} bytes but should have ${pages * BigInt(pageSize)}`
    : undefined;
}
