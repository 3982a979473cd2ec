import { expect, test } from "vitest";
import { createClosers } from "./closers.ts";

test("what was opened last is closed first, each once", async () => {
  const closed: string[] = [];
  const closers = createClosers();
  for (const name of ["data", "functions", "port"]) closers.add(() => void closed.push(name));
  await Promise.all([closers.close(), closers.close()]);
  expect(closed).toEqual(["port", "functions", "data"]);
});

test("one that can't be closed keeps none of the others open, and is told", async () => {
  const closed: string[] = [];
  const closers = createClosers();
  closers.add(() => void closed.push("data"));
  closers.add(() => Promise.reject(new Error("stuck")));
  closers.add(() => void closed.push("port"));
  await expect(closers.close()).rejects.toThrow("stuck");
  expect(closed).toEqual(["port", "data"]);
});
