import { expect, test } from "vitest";
import { isThisMachine, startCommand } from "./start-command.ts";

test("the command is the one that serves this address", () => {
  expect(startCommand({ protocol: "http:", port: "3210" })).toBe("npm start");
  expect(startCommand({ protocol: "http:", port: "4540" })).toBe("npm start -- --port 4540");
  expect(startCommand({ protocol: "https:", port: "3211" })).toBe("npm start -- --lan");
});

test("loopback addresses are this machine, others are not", () => {
  expect(["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"].map(isThisMachine)).not.toContain(false);
  expect(["192.168.1.7", "localhost.example", "fieldlog.local"].map(isThisMachine)).not.toContain(true);
});
