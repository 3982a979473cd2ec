/** SHA-256 (FIPS 180-4) and HMAC (RFC 2104) in plain synchronous TypeScript: browsers offer them as promises only. */

// The constants are the first bits behind the point of the cube and square roots of the first primes. They are computed,
// once, because written down they are 700 bytes of every app that is loaded. Signed words throughout: engines
// keep them as small integers, and the bits are the same.
const primes = firstPrimes(64);
const roundConstants = Int32Array.from(primes, (prime) => fractionOf(Math.cbrt(prime)));
const initialState = Int32Array.from(primes.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));
const blockSizeBytes = 64;

// One schedule for all calls: a call never gives way to another.
const schedule = new Int32Array(64);

/** The SHA-256 of bytes: what names, tags and chains are made from. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const state = new Int32Array(initialState);
  const padded = pad(bytes);
  const blocks = new DataView(padded.buffer);
  for (let offset = 0; offset < padded.length; offset += blockSizeBytes) addBlock(state, blocks, offset);
  const hash = new Uint8Array(32);
  const view = new DataView(hash.buffer);
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, state[i] ?? 0);
  return hash;
}

/** Hashes a message together with a key, so that none without the key can make the hash. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const blockKey = key.length > blockSizeBytes ? sha256(key) : key;
  const inner = new Uint8Array(blockSizeBytes + message.length).fill(0x36, 0, blockSizeBytes);
  const outer = new Uint8Array(blockSizeBytes + 32).fill(0x5c, 0, blockSizeBytes);
  blockKey.forEach((byte, i) => {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  });
  inner.set(message, blockSizeBytes);
  outer.set(sha256(inner), blockSizeBytes);
  return sha256(outer);
}

function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / blockSizeBytes) * blockSizeBytes);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(bytes.length * 8));
  return padded;
}

function addBlock(state: Int32Array, blocks: DataView, offset: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) w[i] = blocks.getInt32(offset + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] ?? 0;
    const y = w[i - 2] ?? 0;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = ((w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1) | 0;
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + s1 + choice + (roundConstants[i] ?? 0) + (w[i] ?? 0)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + s0 + majority) | 0;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
  state[5] = (state[5] ?? 0) + f;
  state[6] = (state[6] ?? 0) + g;
  state[7] = (state[7] ?? 0) + h;
}

function rotate(x: number, bits: number): number {
  return (x >>> bits) | (x << (32 - bits));
}

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/**
 * The first 32 bits behind the point of a root, as a signed word. None of these roots comes nearer to another word than 0.005
 * of a word: 800 times what a root is wrong by whose last bit is wrong.
 */
function fractionOf(root: number): number {
  return (root * 0x1_0000_0000) | 0;
}
