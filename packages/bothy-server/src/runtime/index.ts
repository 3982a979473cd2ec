/**
 * Runs an app's functions, and builds what is run (docs/spec/functions.md).
 *
 * A pool keeps warm child processes; each call is one transaction over ranges that the process holds, fed by the commit
 * stream, so a call sees every commit made before it. A call that ends its process ends no other. Outcomes are not
 * committed here, except by `runMutation`, which is how mutations take effect exactly as their reads were. Which call is
 * made for whom, and what its outcome means to a device, is left to `sync`, `live` and `http`.
 */
export { buildFunctions, bundleFunctions } from "./build/build-functions.ts";
export type { BuildFunctionsOptions, Bundle } from "./build/build-functions.ts";
export { stopBundler } from "./build/bundler.ts";
export { generateCode } from "./build/generate-code.ts";
export type { GenerateCodeOptions } from "./build/generate-code.ts";
export { ChildSource } from "./child-source.ts";
export type { CallOutcome, FunctionCall, FunctionEntry, FunctionPool } from "./function-pool.ts";
export { defaultPoolLimits } from "./limits.ts";
export type { PoolLimits } from "./limits.ts";
export { openFunctionPool } from "./open-function-pool.ts";
export type { PoolOptions, PreparedFunctions, RunningPool } from "./open-function-pool.ts";
export type { CallEnd, FunctionFigures, PoolFigures, PoolState, ProcessState } from "./pool-figures.ts";
export { runMutation, runQuery } from "./run-call.ts";
export type { RunCall, RunMutation } from "./run-call.ts";
