/** Reads of the engine over a large folder: cold ones from the store, hot ones from the ranges that function processes hold. */
import { open } from "lmdb";
import { HotRanges } from "../../packages/bothy-server/dist/runtime/child/hot-ranges.js";
import { readPart } from "../../packages/bothy-server/dist/engine/read-part.js";
import { idOf, microsecondsEach, openBenchEngine, rangeOfId, rangeOfRoom, roomOf, roomSize } from "./engine.ts";

const request: { folder: string; rows: number } = JSON.parse(process.argv[2] ?? "{}");
const engine = await openBenchEngine(request.folder);
/** Documents in no order, each once: no read finds what another one has just brought near. */
const step = 7_919;
const picked = (at: number): number => (at * step) % request.rows;
const points = Math.min(20_000, request.rows / 2);
const rooms = Math.min(1_000, request.rows / roomSize / 2);

const ids = Array.from({ length: 2 * points }, (_, at) => idOf(picked(at)));
const ranges = ids.map((id) => rangeOfId(engine, id));
const found = (range: (typeof ranges)[number] | undefined): void => {
  if (range === undefined || engine.read(range, "asc", 1).documents.length !== 1)
    throw new Error("a document is missing");
};
// The first half warms the code, the second half is measured.
microsecondsEach(points, (at) => found(ranges[at]));
const pointCold = microsecondsEach(points, (at) => found(ranges[points + at]));

const roomRanges = Array.from({ length: 2 * rooms }, (_, at) => rangeOfRoom(engine, roomOf(picked(at))));
const whole = (range: (typeof ranges)[number] | undefined): void => {
  if (range === undefined || engine.read(range, "asc", 1_000).documents.length !== roomSize)
    throw new Error("a room is not whole");
};
microsecondsEach(rooms, (at) => whole(roomRanges[at]));
const rangeCold = microsecondsEach(rooms, (at) => whole(roomRanges[rooms + at]));

const hot = new HotRanges(engine.schema, 1_000_000_000);
for (const range of roomRanges) {
  const { part, rows } = readPart(engine, { range, order: "asc", limit: Infinity });
  hot.addRead({ type: "rows", read: 0, version: engine.version, rows, part, isUnchanged: true });
}
const { held } = hot.snapshot();
const hotIds = held.rows("items").map(({ id }) => id);
const pick = (at: number): string => hotIds[(at * step) % hotIds.length] ?? "";
const hotPoints = 200_000;
const readHot = (at: number): void => {
  if (held.get("items", pick(at))?.document["count"] !== 0) throw new Error("a hot document is missing");
};
microsecondsEach(hotPoints, readHot);
const pointHot = microsecondsEach(hotPoints, readHot);
const hotRooms = 20_000;
const readHotRoom = (at: number): void => {
  const range = roomRanges[at % roomRanges.length];
  const read = range && held.read(range, "asc", Infinity);
  if (read?.rows.length !== roomSize || !read.isComplete) throw new Error("a hot room is not whole");
};
microsecondsEach(hotRooms, readHotRoom);
const rangeHot = microsecondsEach(hotRooms, readHotRoom);

const byId = new Map(hotIds.map((id) => [id, held.get("items", id)]));
const readMap = (at: number): void => {
  if (byId.get(pick(at))?.document["count"] !== 0) throw new Error("a document is missing");
};
microsecondsEach(hotPoints, readMap);
const pointHotFloor = microsecondsEach(hotPoints, readMap);
await engine.close();

const bare = open<Buffer, Buffer>({
  path: `${request.folder}/store`,
  encoding: "binary",
  keyEncoding: "binary",
  cache: false,
  readOnly: true,
});
const keys = Array.from(bare.getKeys({ start: Buffer.from("ditems\0"), limit: 2 * points }));
const readBare = (at: number): void => {
  const key = keys[(at * step) % keys.length];
  if (key === undefined || bare.get(key) === undefined) throw new Error("a value is missing");
};
microsecondsEach(points, readBare);
const pointColdFloor = microsecondsEach(points, readBare);
await bare.close();
process.stdout.write(JSON.stringify({ pointCold, pointColdFloor, rangeCold, pointHot, pointHotFloor, rangeHot }));
