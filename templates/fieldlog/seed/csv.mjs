/**
 * Reads CSV with a header line, quoted fields and either line end.
 * @param {string} text
 * @returns {Record<string, string>[]} one object a line, by the header's names
 */
export function parseCsv(text) {
  const [header, ...lines] = splitCsv(text);
  if (header === undefined) return [];
  return lines.map((fields, index) => {
    if (fields.length !== header.length) {
      throw new Error(`Line ${index + 2} has ${fields.length} fields, the header has ${header.length}.`);
    }
    return Object.fromEntries(header.map((name, column) => [name, fields[column] ?? ""]));
  });
}

/** @param {string} text @returns {string[][]} */
function splitCsv(text) {
  /** @type {string[][]} */
  const lines = [];
  /** @type {string[]} */
  let line = [];
  // A field, then what ends it. Inside quotes, a doubled quote stands for one.
  const pattern = /(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/gy;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new Error(`Line ${lines.length + 1} has a quote in the wrong place.`);
    line.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") {
      if (pattern.lastIndex < text.length) continue;
      line.push("");
    }
    lines.push(line);
    line = [];
  }
  return lines;
}
