import { expect, test } from "vitest";
import { readHttpsAddress } from "./plain-http.ts";

test("the first https address is taken, and nothing else for one", () => {
  expect(readHttpsAddress({ https: ["https://192.168.1.7:3211", "https://lab.local:3211"] })).toBe(
    "https://192.168.1.7:3211",
  );
  for (const answer of [
    null,
    {},
    { https: [] },
    { https: "https://a" },
    { https: ["javascript:alert(1)"] },
    { https: [7] },
  ])
    expect(readHttpsAddress(answer)).toBe(null);
});
