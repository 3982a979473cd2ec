// The demo's records, imported on the first start: `bothy start --seed seed/seed.mjs`.
// `node seed/seed.mjs` only prints what would be imported, and what was matched.

import { fileURLToPath } from "node:url";
import { seedRows } from "./rows.mjs";

/**
 * @typedef {{ isEmpty(table: string): Promise<boolean>,
 *   insert(table: string, documents: readonly object[], label: string): Promise<readonly string[]> }} SeedServer
 *   `insert` resolves with the ids, in the order of the documents; `label` names them in the progress.
 */

export default { isNeeded, run };

/** An import that was interrupted is taken back before this is asked. @param {SeedServer} server */
async function isNeeded(server) {
  return await server.isEmpty("seedRuns");
}

/**
 * @param {SeedServer} server
 * @returns {Promise<string>} what was imported, in words
 */
async function run(server) {
  const { airports, reports, summary } = seedRows();
  const airportIds = await server.insert("airports", airports, "airports");
  await server.insert("reports", reports(airportIds), "reports");
  await server.insert("seedRuns", [{ source: "vega-datasets", reportCount: summary.reportCount }], "mark");
  return describe(summary);
}

/** @param {import("./rows.mjs").SeedSummary} summary */
function describe(summary) {
  const count = (/** @type {number} */ number) => number.toLocaleString("en");
  return [
    `${count(summary.reportCount)} reports: ${count(summary.matchedReportCount)} matched to a listed airport, ` +
      `${count(summary.duplicateCount)} repeat another word for word and are kept, ` +
      `${count(summary.withoutSpeedCount)} without a speed.`,
    `${count(summary.airportCount)} airports listed; ${summary.matchedNameCount} of the ${summary.nameCount} names in ` +
      `the reports are among them.`,
    ...summary.created.map(({ name, reportCount }) => `Created and marked: ${name}, ${count(reportCount)} reports.`),
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${describe(seedRows().summary)}\n`);
