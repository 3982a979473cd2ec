import { BothyError } from "bothy/internal";
import type { LanServing, LanStatus } from "../server/index.ts";
import type { Output } from "./output.ts";
import { qrLines } from "./qr-code.ts";

/** What `start` was told of the local network. */
export interface LanFlags {
  /** True: all private addresses; a text: this one. */
  readonly lan?: true | string;
  readonly httpsPort?: number;
  readonly host: string;
}

/** How the local network is served; undefined if it is not. */
export function lanServing({ lan, httpsPort, host }: LanFlags, output: Output): LanServing | undefined {
  if (lan === undefined) return undefined;
  if (!/^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/u.test(host)) {
    throw new BothyError("usage_invalid", {
      message: "--lan chooses the addresses to listen on, and --host (or BOTHY_HOST) names another one.",
      fix: "Leave --host out; to serve on one address of the network only, name it: --lan <address>.",
    });
  }
  return {
    ...(lan === true ? {} : { address: lan }),
    ...(httpsPort === undefined ? {} : { httpsPort }),
    onMoved: (status) => {
      if (output.isJson) return output.print(JSON.stringify({ lan: status }));
      output.say("The network has changed.");
      sayUrls(status, output);
    },
  };
}

/** Tells people how a phone gets to the app. */
export async function sayLan(status: LanStatus, output: Output): Promise<void> {
  const { colors } = output;
  sayUrls(status, output);
  if (output.isTerminal) {
    output.say("");
    for (const line of await qrLines(status.trustUrl, output.hasColor)) output.say(`  ${line}`);
  }
  output.say("");
  output.say(`  Scan it with a phone of this network, or open ${colors.cyan(status.trustUrl)} there.`);
  output.say("  That page shows how the phone comes to trust this server, once, and goes on to the app.");
  output.say(colors.dim("  Compare the fingerprint of the authority that it installs:"));
  for (const line of fingerprintLines(status.fingerprint)) output.say(colors.dim(`  ${line}`));
}

function sayUrls({ urls }: LanStatus, { say, colors }: Output): void {
  for (const [place, url] of urls.entries()) say(`  ${place === 0 ? "Phone" : "     "} ${colors.cyan(`${url}/`)}`);
}

/** Two lines of sixteen bytes: what a person can compare at a glance. */
function fingerprintLines(fingerprint: string): readonly string[] {
  const bytes = fingerprint.split(":");
  return [bytes.slice(0, 16), bytes.slice(16)].map((half) => half.join(" "));
}
