import { expect, test } from "vitest";
import { reconnectDelayMs } from "./backoff.ts";

test("[CL7] the wait before a new attempt doubles up to a bound and is spread over its second half", () => {
  const longest = Array.from({ length: 9 }, (_, i) => reconnectDelayMs(i + 1, () => 1));
  expect(longest).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  expect(reconnectDelayMs(1, () => 0)).toBe(125);
  expect(reconnectDelayMs(2000, () => 0)).toBe(7500);
});
