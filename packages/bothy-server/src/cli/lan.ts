import { BothyError } from "bothy/internal";
import type { LanServing, LanStatus } from "../server/index.ts";
import type { Colors, Output } from "./output.ts";
import { qrLines } from "./qr-code.ts";

/** What `start` was told of the local network. */
export interface LanFlags {
  /** True: all private addresses; a text: this one. */
  readonly lan?: true | string;
  readonly httpsPort?: number;
  readonly host: string;
  readonly port: number;
}

const portMax = 65_535;

/** How the local network is served; undefined if it is not. */
export function lanServing({ lan, httpsPort, host, port }: LanFlags, output: Output): LanServing | undefined {
  if (lan === undefined) return undefined;
  if (!/^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/u.test(host)) {
    throw new BothyError("usage_invalid", {
      message: "--lan chooses the addresses to listen on, and --host (or BOTHY_HOST) names another one.",
      fix: "Leave --host out; to serve on one address of the network only, name it: --lan <address>.",
    });
  }
  if (httpsPort === undefined && port === portMax) {
    throw new BothyError("usage_invalid", {
      message: `https on the local network takes the port after --port, and there is none after ${port}.`,
      fix: "Name another one with --https-port, or choose a lower --port.",
    });
  }
  return {
    ...(lan === true ? {} : { address: lan }),
    ...(httpsPort === undefined ? {} : { httpsPort }),
    onMoved: (status) => {
      if (output.isJson) return output.print(JSON.stringify({ lan: status }));
      output.say("The network has changed.");
      for (const line of urlLines(status, output.colors)) output.say(line);
    },
  };
}

/** How a phone gets to the app, line by line: all at once, so that no line of the log comes in between. */
export async function lanLines(
  status: LanStatus,
  { isTerminal, hasColor, colors }: Output,
): Promise<readonly string[]> {
  const code = isTerminal ? ["", ...(await qrLines(status.trustUrl, hasColor)), ""] : [""];
  return [
    ...urlLines(status, colors),
    ...code.map((line) => (line === "" ? line : `  ${line}`)),
    `  ${isTerminal ? "Scan it with a phone of this network, or open" : "On a phone of this network open"} ${colors.cyan(status.trustUrl)}.`,
    "  That page shows how the phone comes to trust this server, once, and goes on to the app.",
    colors.dim("  Compare the fingerprint of the authority that it installs:"),
    ...fingerprintLines(status.fingerprint).map((line) => colors.dim(`  ${line}`)),
  ];
}

function urlLines({ urls }: LanStatus, colors: Colors): readonly string[] {
  return urls.map((url, place) => `  ${place === 0 ? "Phone" : "     "} ${colors.cyan(`${url}/`)}`);
}

/** Two lines of sixteen bytes: what a person can compare at a glance. */
function fingerprintLines(fingerprint: string): readonly string[] {
  const bytes = fingerprint.split(":");
  return [bytes.slice(0, 16), bytes.slice(16)].map((half) => half.join(" "));
}
