import { deflateSync } from "node:zlib";

/**
 * Encodes a picture as PNG.
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} pixels RGBA, row by row
 * @returns {Buffer}
 */
export function encodePng(width, height, pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a part, RGBA.
  header.set([8, 6, 0, 0, 0], 8);
  // Each line is led by the number of its filter; 2 stores the difference to the line above.
  const lines = Buffer.alloc(height * (width * 4 + 1));
  for (let y = 0; y < height; y++) {
    const start = y * (width * 4 + 1);
    lines[start] = 2;
    for (let i = 0; i < width * 4; i++) {
      const above = y === 0 ? 0 : (pixels[(y - 1) * width * 4 + i] ?? 0);
      lines[start + 1 + i] = (pixels[y * width * 4 + i] ?? 0) - above;
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** @param {string} type @param {Buffer} content */
function chunk(type, content) {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

/** The checksum of PNG; `node:zlib` has it only in newer releases of Node 20. @param {Buffer} bytes */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
