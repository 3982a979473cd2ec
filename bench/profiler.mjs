/**
 * Loaded before anything else into a process that is to be profiled: SIGUSR2 begins a profile, the next one ends it and
 * writes it into the folder that this module was asked for with.
 */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";

const folder = new URL(import.meta.url).searchParams.get("folder");
const { pid } = process;
let session;

process.on("SIGUSR2", () => {
  if (session === undefined) {
    session = new Session();
    session.connect();
    session.post("Profiler.enable");
    session.post("Profiler.setSamplingInterval", { interval: 500 });
    session.post("Profiler.start");
    return;
  }
  session.post("Profiler.stop", (error, { profile }) => {
    writeFileSync(`${folder}/${pid}.cpuprofile`, JSON.stringify(profile));
  });
});
