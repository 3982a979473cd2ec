/**
 * The only doors to the world: clock, randomness, disk, network, processes, log.
 *
 * Everything above is given a `World` and touches nothing else, so a whole deployment can run on a virtual clock and a
 * memory disk from one seed. Failures of the machine come out as `BothyError` with what to do. Meaning (what is stored,
 * sent, run) is left to the layers above. The hash functions are pure and stand here because they come from Node.
 */
export { askTerminal } from "./ask-terminal.ts";
export { createSystemClock } from "./clock.ts";
export { startCommand } from "./command.ts";
export type { RunningCommand } from "./command.ts";
export { createWorld } from "./create-world.ts";
export type { WorldOptions } from "./create-world.ts";
export { createNodeDisk } from "./disk.ts";
export { endWithParent } from "./end-with-parent.ts";
export { installFunctionGlobals } from "./function-globals.ts";
export type { CallWorld, FunctionGlobals } from "./function-globals.ts";
export { guardAnswers } from "./guard-answers.ts";
export type { Answers } from "./guard-answers.ts";
export { crc32, shortHash } from "./hash.ts";
export { Histogram, secondsBounds } from "./histogram.ts";
export { reportFault } from "./incident.ts";
export type { LinePipe } from "./line-pipe.ts";
export { escapeControls } from "./log-fields.ts";
export { createLogger, withFields } from "./logger.ts";
export { logLevels } from "./log-line.ts";
export type { LogFields, LoggerOptions, LogLevel } from "./log-line.ts";
export { readLocalNetwork } from "./local-network.ts";
export type { LocalNetwork } from "./local-network.ts";
export { createManualClock } from "./manual-clock.ts";
export type { ManualClock } from "./manual-clock.ts";
export { createMemoryDisk } from "./memory-disk.ts";
export type { DiskOperation, MemoryDisk } from "./memory-disk.ts";
export { createNodeNetwork } from "./network.ts";
export { nodeModuleNames } from "./node-modules.ts";
export { openParentPipe } from "./parent-pipe.ts";
export { postForLines } from "./post-for-lines.ts";
export type { LinesAnswer } from "./post-for-lines.ts";
export { postJson } from "./post-json.ts";
export type { JsonAnswer } from "./post-json.ts";
export { openObjectStore } from "./object-store.ts";
export type { ObjectStore, ObjectStoreOptions } from "./object-store.ts";
export { createNodeProcesses } from "./processes.ts";
export { createSystemRandom } from "./random.ts";
export { createSeededRandom } from "./seeded-random.ts";
export type { SeededRandom } from "./seeded-random.ts";
export { createSigningKey, signBytes } from "./signing-key.ts";
export type { SigningKey } from "./signing-key.ts";
export { watchUsage } from "./process-usage.ts";
export type { ProcessUsage, UsageWatch } from "./process-usage.ts";
export { readStandardInput } from "./standard-input.ts";
export { otherName, Tally } from "./tally.ts";
export { openZip } from "./zip-reader.ts";
export type { ZipEntry, ZipReader } from "./zip-reader.ts";
export { openZipWriter } from "./zip-writer.ts";
export type { ZipWriter } from "./zip-writer.ts";
export { writeStandardOutput } from "./standard-output.ts";
export { watchFolder } from "./watch.ts";
export type {
  AppendFile,
  ChildProcess,
  Clock,
  Disk,
  Listening,
  ListenRequest,
  Logger,
  Network,
  Processes,
  Random,
  Socket,
  SpawnRequest,
  TlsCertificate,
  World,
} from "./world.ts";
