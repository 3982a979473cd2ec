import type { LiveFigures, LiveState } from "../live/index.ts";
import type { SyncFigures } from "../sync/index.ts";
import { byLabel, counter, gauge, samplesBy } from "./metric-definition.ts";
import type { MetricDefinition } from "./metric-definition.ts";
import type { Reading } from "./reading.ts";

const live = ({ sources }: Reading): LiveFigures => sources.live.figures;
const liveState = ({ sources }: Reading): LiveState => sources.live.state();
const sync = ({ sources }: Reading): SyncFigures => sources.sync.figures;

/** Subscriptions, and the devices that are connected. */
export const syncMetrics: readonly MetricDefinition[] = [
  gauge("bothy_live_subscriptions", "Subscribed queries and scopes.", (reading) => liveState(reading).subscribers),
  gauge(
    "bothy_live_computations",
    "What is run for them: the same function with the same arguments is run once.",
    ({ sources }) => sources.live.counts().computations,
  ),
  gauge("bothy_live_ranges", "Ranges that they have read.", ({ sources }) => sources.live.counts().readRanges),
  gauge("bothy_live_runs_waiting", "Runs that wait for their turn.", (reading) => liveState(reading).waitingRuns),
  gauge("bothy_live_runs_running", "Runs under way.", (reading) => liveState(reading).runningRuns),
  counter("bothy_live_runs_total", "Runs of subscribed functions.", (reading) => live(reading).runs),
  counter(
    "bothy_live_invalidations_total",
    "Results that a commit made stale, each of which led to another run.",
    (reading) => live(reading).invalidations,
  ),
  counter(
    "bothy_live_runs_due_total",
    "Results of scopes whose time had come, each of which led to another run.",
    (reading) => live(reading).dueRuns,
  ),
  counter(
    "bothy_live_runs_unavailable_total",
    "Runs that came to no end and are tried again.",
    (reading) => live(reading).unavailableRuns,
  ),
  gauge("bothy_sync_sockets", "Open sockets.", ({ sources }) => sources.sync.counts().sockets),
  gauge("bothy_sync_sessions", "Devices that are connected.", ({ sources }) => sources.sync.counts().devices),
  gauge("bothy_sync_ranges", "Ranges that connected devices hold.", ({ sources }) => sources.sync.counts().ranges),
  counter("bothy_sync_welcomes_total", "Greetings that were accepted.", (reading) => sync(reading).welcomes),
  counter(
    "bothy_sync_refusals_total",
    "Greetings that were refused, by error code.",
    (reading) => samplesBy("code", sync(reading).refusals.entries()),
    ["code"],
  ),
  counter(
    "bothy_sync_cursors_total",
    "What welcomed devices proved to hold.",
    (reading) => byLabel("verdict", sync(reading).cursors),
    ["verdict"],
  ),
  counter(
    "bothy_sync_catch_ups_total",
    "Ranges that devices were granted, by how they were brought up to date.",
    (reading) => byLabel("source", sync(reading).catchUps),
    ["source"],
  ),
  counter(
    "bothy_sync_verification_total",
    "Checks of devices, ranges that they had repaired, ranges that they have given up on.",
    (reading) => byLabel("what", sync(reading).verification),
    ["what"],
  ),
  counter("bothy_sync_pokes_total", "Pokes sent.", (reading) => sync(reading).pokes),
  counter("bothy_sync_messages_total", "Messages sent to devices.", (reading) => sync(reading).sent.messages),
  counter(
    "bothy_sync_sent_bytes_total",
    "Length of the messages sent to devices; text counts by its characters.",
    (reading) => sync(reading).sent.bytes,
  ),
  gauge("bothy_mutations_waiting", "Mutations of devices that have come and have no outcome yet.", ({ sources }) =>
    sources.sync.waitingMutations(),
  ),
  counter(
    "bothy_mutations_total",
    "Mutations of devices by outcome; duplicate: one that was sent again and told its first outcome.",
    (reading) => byLabel("outcome", sync(reading).mutations),
    ["outcome"],
  ),
  counter(
    "bothy_mutation_retries_total",
    "Runs of mutations that came to no outcome and began again, by error code.",
    (reading) => samplesBy("code", sync(reading).mutationRetries.entries()),
    ["code"],
  ),
  counter(
    "bothy_scope_failures_total",
    "Runs of scopes that failed, by scope; the ranges of a failed scope are frozen.",
    (reading) => samplesBy("scope", sync(reading).scopeFailures.entries()),
    ["scope"],
  ),
];
