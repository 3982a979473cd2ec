/** Light modules around a code, without which a camera does not find it. The standard asks for four; two do on a screen. */
const border = 2;

/**
 * A text as a QR code of half blocks, two rows of modules a line. In color it is black on white whatever the terminal's
 * theme; without, it is right on a dark terminal, and inverted on a light one, which cameras of today read too.
 */
export async function qrLines(text: string, hasColor: boolean): Promise<readonly string[]> {
  // Loaded only for those who are shown one.
  const { encode } = await import("uqr");
  const { data: rows } = encode(text, { ecc: "L", border });
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const [upper, lower] = [rows[y] ?? [], rows[y + 1] ?? []];
    const line = upper.map((isDark, x) => half(isDark, lower[x] ?? false)).join("");
    lines.push(hasColor ? `\u001b[97;40m${line}\u001b[0m` : line);
  }
  return lines;
}

/** The light half of a character is drawn, the dark one left out. */
function half(isUpperDark: boolean, isLowerDark: boolean): string {
  if (isUpperDark) return isLowerDark ? " " : "▄";
  return isLowerDark ? "▀" : "█";
}
