const units = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** A number of bytes for people. */
export function sizeText(sizeBytes: number): string {
  let [size, at] = [sizeBytes, 0];
  while (size >= 1_000 && at < units.length - 1) {
    size /= 1_000;
    at += 1;
  }
  return `${at === 0 ? size : size.toFixed(1)} ${units[at]}`;
}
