import { encode } from "uqr";
import { expect, test } from "vitest";
import { createOutput } from "./output.ts";
import type { Output } from "./output.ts";
import { lanLines, lanServing } from "./lan.ts";
import { qrLines } from "./qr-code.ts";

const status = {
  urls: ["https://192.168.1.5:3211", "https://box.local:3211"],
  trustUrl: "http://192.168.1.5:3210/lan",
  fingerprint: Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, "0").toUpperCase()).join(":"),
};

function open(parts: { readonly isJson?: boolean; readonly isTerminal?: boolean }): { output: Output; said: string[] } {
  const said: string[] = [];
  const write = (text: string): void => void said.push(text);
  const output = createOutput({
    isJson: parts.isJson ?? false,
    isTerminal: parts.isTerminal ?? false,
    hasColor: false,
    writeOut: write,
    writeError: write,
  });
  return { output, said };
}

const escape = "\u001b[";
const isQr = (text: string): boolean => /[█▀▄]{10}/u.test(text);

test("[LN13] a person is told the addresses, the page that teaches trust and the fingerprint", async () => {
  const text = (await lanLines(status, open({}).output)).join("\n");
  expect(text).toContain("Phone https://192.168.1.5:3211/\n");
  expect(text).toContain("https://box.local:3211/\n");
  expect(text).toContain(status.trustUrl);
  expect(text).toContain("00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\n");
  expect(isQr(text)).toBe(false);
});

test("[LN13] on a terminal the page is a QR code too", async () => {
  const lines = await lanLines(status, open({ isTerminal: true }).output);
  expect(isQr(lines.join("\n"))).toBe(true);
});

test("[LN13] the code is black on white where there is color, and fits a small terminal", async () => {
  const [plain, colored] = [await qrLines(status.trustUrl, false), await qrLines(status.trustUrl, true)];
  expect(plain.length).toBeLessThanOrEqual(17);
  expect(plain.every((line) => line.length <= 40)).toBe(true);
  expect(colored).toEqual(plain.map((line) => `${escape}97;40m${line}${escape}0m`));
  const rows = plain.flatMap((line) =>
    ["▄", "▀"].map((half) => Array.from(line, (one) => one === " " || one === half)),
  );
  const { data: wanted } = encode(status.trustUrl, { ecc: "L", border: 2 });
  expect(rows.slice(0, wanted.length)).toEqual(wanted);
  // The border is light on all sides, without which no camera finds the code.
  expect(plain[0]).toMatch(/^█+$/u);
  expect(plain.every((line) => line.startsWith("██"))).toBe(true);
});

test("[LN13] a change of the network is told, to programs as a line of JSON", () => {
  const [person, program] = [open({}), open({ isJson: true })];
  for (const { output } of [person, program])
    lanServing({ lan: true, host: "127.0.0.1", port: 3210 }, output)?.onMoved(status);
  expect(person.said.join("")).toContain("https://192.168.1.5:3211/");
  expect(JSON.parse(program.said.join(""))).toEqual({ lan: status });
});

test("without --lan nothing is served, and with it --host names no other place", () => {
  const { output } = open({});
  expect(lanServing({ host: "0.0.0.0", port: 3210 }, output)).toBe(undefined);
  expect(lanServing({ host: "127.0.0.1", port: 3210, lan: "10.0.0.1", httpsPort: 1 }, output)).toMatchObject({
    address: "10.0.0.1",
    httpsPort: 1,
  });
  expect(() => lanServing({ host: "0.0.0.0", port: 3210, lan: true }, output)).toThrow(
    expect.objectContaining({ code: "usage_invalid" }),
  );
});

test("the last port has none after it for https, which is asked for", () => {
  const { output } = open({});
  const flags = { host: "127.0.0.1", port: 65_535, lan: true } as const;
  expect(() => lanServing(flags, output)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
  expect(lanServing({ ...flags, httpsPort: 4_000 }, output)).toMatchObject({ httpsPort: 4_000 });
});
