import { BothyError } from "../errors/index.ts";
import { limits } from "../values/index.ts";
import { frameInvalid, readCount, readFields, readHex, readJson, readList, readNumber, readText } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { groupName } from "./group.ts";
import { bucketLevelMax, protocolLimits, queuedCallsMax, repairRowsMax } from "./limits.ts";
import { protocolVersion } from "./messages.ts";
import { readWrote } from "./read-wrote.ts";
import type {
  ClientMessage,
  Hello,
  HelloCursor,
  HelloDevice,
  HelloHold,
  Json,
  Push,
  PushedMutation,
  QueuedCalls,
  RangeTag,
  Repair,
  Subscribe,
  Unsubscribe,
  Verify,
} from "./messages.ts";

/**
 * Reads a client's message with every field checked (SY1). Fails with `frame_invalid`, or with `protocol_unsupported` for a
 * hello of another protocol, whose other fields may be anything.
 */
export function parseClientMessage(text: string): ClientMessage {
  const message = parseObject(text);
  switch (message["type"]) {
    case "hello":
      return readHello(message);
    case "push":
      return readPush(message);
    case "subscribe":
      return readSubscribe(message);
    case "unsubscribe":
      return readUnsubscribe(message);
    case "hold":
      return { type: "hold", ...readHold(message) };
    case "release":
      readFields(message, "a release", ["type", "hold"]);
      return { type: "release", hold: readCount(message["hold"], "hold", 0) };
    case "verify":
      return readVerify(message);
    case "repair":
      return readRepair(message);
    case "stopped":
      readFields(message, "a stopped", ["type", "range"]);
      return { type: "stopped", range: readCount(message["range"], "range", 0) };
    case "pong":
      readFields(message, "a pong", ["type"]);
      return { type: "pong" };
    default:
      throw frameInvalid("is of no known type");
  }
}

function parseObject(text: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw frameInvalid("is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw frameInvalid("is not a JSON object");
  return json as Fields;
}

const helloFields = [
  "type",
  "protocol",
  "schema",
  "token",
  "device",
  "acked",
  "chain",
  "server",
  "epoch",
  "cursor",
  "holds",
  "queued",
];

function readHello(message: Fields): Hello {
  const protocol = readCount(message["protocol"], "protocol", 0);
  if (protocol !== protocolVersion) throw protocolUnsupported(protocol);
  readFields(message, "a hello", helloFields);
  const { token, server, epoch, cursor, holds, queued } = message;
  const nameLengthMax = protocolLimits.deploymentNameLengthMax;
  return {
    type: "hello",
    protocol,
    schema: readText(message["schema"], "schema", protocolLimits.schemaHashLengthMax),
    device: readDevice(message["device"]),
    acked: readCount(message["acked"], "acked", 0),
    chain: readHex(message["chain"], "chain", 32),
    ...(token === undefined ? {} : { token: readText(token, "token", protocolLimits.tokenLengthMax) }),
    ...(server === undefined ? {} : { server: readText(server, "server", nameLengthMax) }),
    ...(epoch === undefined ? {} : { epoch: readText(epoch, "epoch", nameLengthMax) }),
    ...(cursor === undefined ? {} : { cursor: readCursor(cursor) }),
    ...(holds === undefined ? {} : { holds: readList(holds, "holds", protocolLimits.holdsMax).map(readHold) }),
    ...(queued === undefined ? {} : { queued: readQueued(queued) }),
  };
}

function readDevice(json: unknown): HelloDevice {
  const device = readFields(json, "device", ["id", "key", "fence", "start", "startChain", "previous"]);
  const { previous } = device;
  return {
    id: readHex(device["id"], "device.id", 32),
    key: readHex(device["key"], "device.key", 64),
    fence: readCount(device["fence"], "device.fence", 0),
    start: readCount(device["start"], "device.start", 0),
    startChain: readHex(device["startChain"], "device.startChain", 32),
    ...(previous === undefined ? {} : { previous: readHex(previous, "device.previous", 32) }),
  };
}

function readCursor(json: unknown): HelloCursor {
  const cursor = readFields(json, "cursor", ["seal", "version", "ranges", "lost"]);
  const { lost } = cursor;
  return {
    seal: readText(cursor["seal"], "cursor.seal", protocolLimits.sealLengthMax),
    version: readCount(cursor["version"], "cursor.version", 0),
    ranges: readList(cursor["ranges"], "cursor.ranges", protocolLimits.cursorRangesMax).map(readHeldRange),
    ...(lost === undefined
      ? {}
      : { lost: readList(lost, "cursor.lost", protocolLimits.cursorRangesMax).map(readPlace) }),
  };
}

function readPlace(json: unknown): number {
  return readCount(json, "the place of a range that was dropped", 0);
}

function readHeldRange(json: unknown): readonly [tag: RangeTag, edge: string | null] {
  const [tag, edge, ...rest] = readList(json, "a held range", 2);
  if (edge === undefined || rest.length > 0) throw frameInvalid("has no pair of tag and edge as a held range");
  return [
    readHex(tag, "the tag of a held range", 16),
    edge === null ? null : readText(edge, "the edge of a held range", protocolLimits.edgeLengthMax),
  ];
}

function readQueued(json: unknown): QueuedCalls {
  const queued = readFields(json, "queued", ["count", "calls"]);
  return {
    count: readCount(queued["count"], "queued.count", 0),
    calls: readList(queued["calls"], "queued.calls", queuedCallsMax).map(readQueuedCall),
  };
}

function readQueuedCall(json: unknown): QueuedCalls["calls"][number] {
  const [name, version, count, ...rest] = readList(json, "a queued call", 3);
  if (rest.length > 0) throw frameInvalid("has something other than name, version and count as a queued call");
  return [
    readText(name, "the name of a queued call", protocolLimits.functionNameLengthMax),
    readText(version, "the version of a queued call", protocolLimits.functionVersionLengthMax),
    readCount(count, "the count of a queued call", 1),
  ];
}

function readPush(message: Fields): Push {
  readFields(message, "a push", ["type", "mutations"]);
  const mutations = readList(message["mutations"], "mutations", protocolLimits.pushMutationsMax);
  return { type: "push", mutations: mutations.map(readMutation) };
}

const mutationFields = ["n", "nonce", "name", "version", "args", "time", "again", "wrote"];

function readMutation(json: unknown): PushedMutation {
  const mutation = readFields(json, "a mutation", mutationFields);
  const { again, wrote } = mutation;
  if (again !== undefined && again !== true && again !== "rejected" && again !== "parked")
    throw frameInvalid("has something other than true, rejected or parked as again");
  return {
    n: readCount(mutation["n"], "n", 1),
    nonce: readHex(mutation["nonce"], "nonce", 32),
    name: readText(mutation["name"], "the name of a mutation", protocolLimits.functionNameLengthMax),
    version: readText(mutation["version"], "the version of a mutation", protocolLimits.functionVersionLengthMax),
    args:
      mutation["name"] === groupName ? readGroup(mutation) : readJson(mutation["args"], "the arguments of a mutation"),
    time: readNumber(mutation["time"], "the time of a mutation"),
    ...(again === undefined ? {} : { again }),
    ...(wrote === undefined ? {} : { wrote: readWrote(wrote) }),
  };
}

function readGroup({ version, args }: Fields): Json {
  const calls = readList(args, "the calls of a group", limits.groupCallsMax);
  if (version !== "" || calls.length === 0) throw frameInvalid("has a group with a version or without calls");
  return calls.map((call) => {
    const [name, ofName, json] = readList(call, "a call of a group", 3);
    return [
      readText(name, "the name of a grouped call", protocolLimits.functionNameLengthMax),
      readText(ofName, "the version of a grouped call", protocolLimits.functionVersionLengthMax),
      readJson(json, "the arguments of a grouped call"),
    ];
  });
}

function readSubscribe(message: Fields): Subscribe {
  readFields(message, "a subscribe", ["type", "query", "name", "args"]);
  return {
    type: "subscribe",
    query: readCount(message["query"], "query", 0),
    name: readText(message["name"], "the name of a query", protocolLimits.functionNameLengthMax),
    args: readJson(message["args"], "the arguments of a query"),
  };
}

function readUnsubscribe(message: Fields): Unsubscribe {
  readFields(message, "an unsubscribe", ["type", "query"]);
  return { type: "unsubscribe", query: readCount(message["query"], "query", 0) };
}

function readHold(json: unknown): HelloHold {
  const { hold, name, args } = readFields(json, "a held scope", ["type", "hold", "name", "args"]);
  return {
    hold: readCount(hold, "the number of a held scope", 0),
    name: readText(name, "the name of a held scope", protocolLimits.functionNameLengthMax),
    args: readJson(args, "the arguments of a held scope"),
  };
}

function readVerify(message: Fields): Verify {
  const { ranges } = readFields(message, "a verify", ["type", "ranges"]);
  if (ranges === undefined) return { type: "verify" };
  const numbers = readList(ranges, "ranges", protocolLimits.cursorRangesMax);
  return { type: "verify", ranges: numbers.map((one) => readCount(one, "a range", 0)) };
}

const repairFields = ["type", "range", "level", "prints", "items", "fault"];

function readRepair(message: Fields): Repair {
  const { prints, items, ...rest } = readFields(message, "a repair", repairFields);
  if (rest["fault"] !== undefined && rest["fault"] !== true)
    throw frameInvalid("has something other than true as fault");
  const fault = rest["fault"] === true ? ({ fault: true } as const) : {};
  const level = readCount(message["level"], "level", 0);
  const range = readCount(message["range"], "range", 0);
  const { itemLevelMax } = protocolLimits;
  if (level > (items === undefined ? bucketLevelMax : itemLevelMax)) throw frameInvalid("has too high a level");
  if (items === undefined)
    return { type: "repair", range, level, prints: readHex(prints, "prints", 8 << level), ...fault };
  const buckets = readList(items, "items", 1 << level);
  let rowCount = 0;
  return {
    type: "repair",
    range,
    level,
    ...fault,
    items: buckets.map((one) => {
      const [bucket, rows, ...rest] = readList(one, "a bucket", 2);
      if (typeof rows !== "string" || rest.length > 0)
        throw frameInvalid("has no pair of number and prints as a bucket");
      rowCount += rows.length / 8;
      if (rowCount > repairRowsMax) throw frameInvalid("lists too many rows");
      return [readCount(bucket, "the number of a bucket", 0), readHex(rows, "prints", rows.length - (rows.length % 8))];
    }),
  };
}

function protocolUnsupported(protocol: number): BothyError {
  return new BothyError("protocol_unsupported", {
    message: `The client speaks protocol ${protocol}; this deployment speaks ${protocolVersion}.`,
    fix: "Reload the app, or install the same version of bothy on both sides.",
  });
}
