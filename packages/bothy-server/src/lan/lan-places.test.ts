import { expect, test } from "vitest";
import type { LocalNetwork } from "../base/index.ts";
import { choosePlaces } from "./lan-places.ts";
import { isPrivateAddress } from "./private-addresses.ts";

const network = (addresses: readonly string[], routed?: string): LocalNetwork => ({
  hostName: "Box.example",
  addresses,
  routed,
});

test("[LN7] all private addresses are served, that which leads out of the network first and made-up ones last", () => {
  const found = choosePlaces(
    network(
      ["169.254.3.4", "fe80::1", "fd00::7", "172.17.0.1", "8.8.8.8", "2001:db8::1", "192.168.1.5"],
      "192.168.1.5",
    ),
    undefined,
  );
  expect(found).toEqual({ addresses: ["192.168.1.5", "172.17.0.1", "fd00::7", "169.254.3.4"], name: "box.local" });
});

test("[LN7] the address that is named is the only one, also one of this machine alone", () => {
  for (const wanted of ["192.168.1.6", "127.0.0.1", "fd12::1"]) {
    expect(choosePlaces(network(["192.168.1.5"]), wanted).addresses).toEqual([wanted]);
  }
});

test.each(["0.0.0.0", "::", "8.8.8.8", "192.168.1", "192.168.1.256", "172.32.0.1", "fe80::1", "box.local", ""])(
  "[LN7] [LN8] %j is no address to serve a local network on",
  (wanted) => {
    expect(() => choosePlaces(network(["192.168.1.5"]), wanted)).toThrow(
      expect.objectContaining({ code: "config_invalid", fix: expect.stringContaining("192.168.1.5") }),
    );
  },
);

test("[LN8] a machine without a private address is told what to do", () => {
  expect(() => choosePlaces(network(["8.8.8.8", "fe80::1"]), undefined)).toThrow(
    expect.objectContaining({ code: "config_invalid", fix: expect.stringContaining("Wi-Fi") }),
  );
});

test.each([
  ["box", "box.local"],
  ["My-Mac.local", "my-mac.local"],
  ["localhost", undefined],
  ["", undefined],
  ["bad_name", undefined],
  ["-x", undefined],
])("a host called %j is found as %s", (hostName, name) => {
  expect(choosePlaces({ hostName, addresses: ["10.0.0.1"], routed: undefined }, undefined).name).toBe(name);
});

test.each([
  ["10.255.0.1", true],
  ["172.16.0.1", true],
  ["172.31.255.255", true],
  ["172.15.0.1", false],
  ["172.32.0.1", false],
  ["192.168.0.1", true],
  ["192.169.0.1", false],
  ["169.254.1.1", true],
  ["127.9.9.9", true],
  ["100.64.0.1", false],
  ["fd00::1", true],
  ["fc00::1", false],
  ["::1", true],
  ["::ffff:10.0.0.1", false],
  ["10.0.0.1.example", false],
])("whether %s is private: %s", (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});
