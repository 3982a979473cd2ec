import { Histogram, secondsBounds } from "../base/index.ts";

/** Bounds for how many commits share one sync. */
const groupBounds: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** What a log has counted since it was opened. */
export class LogFigures {
  /** Time of each sync of a group, without its write. */
  readonly syncSeconds: Histogram = new Histogram(secondsBounds);
  /** Records of each group. */
  readonly groupRecords: Histogram = new Histogram(groupBounds);
  /** Bytes written, heads of segments included. */
  writtenBytes = 0;
}
