import { expect, test } from "vitest";
import { AppError, BothyError } from "../errors/index.ts";
import {
  checkDocument,
  type Document,
  fromWireError,
  limits,
  toWireError,
  type Value,
  valueSizeBytes,
} from "./index.ts";

const document = (fields: Record<string, unknown>): Document => ({ _id: "x", _creationTime: 1, ...fields }) as Document;
const refused = (code: string): unknown => expect.objectContaining({ code });

test("[VA12] names of fields are printable ASCII, without $ in front, and without _ at the top of a document", () => {
  for (const field of ["", "$a", "_a", "ä", "a\n", "x".repeat(limits.fieldNameLengthMax + 1), "__proto__"]) {
    expect(() => checkDocument("t", document(JSON.parse(`{${JSON.stringify(field)}:1}`)))).toThrow(
      refused("document_invalid"),
    );
  }
  expect(() =>
    checkDocument("t", document({ a: { _b: 1, ["x".repeat(limits.nestedFieldNameLengthMax)]: 1 } })),
  ).not.toThrow();
  expect(() => checkDocument("t", document({ a: { ["x".repeat(limits.nestedFieldNameLengthMax + 1)]: 1 } }))).toThrow(
    refused("document_invalid"),
  );
});

test("[VA16] a document is bounded in depth, width, length and size", () => {
  let deep: Value = 1;
  for (let i = 1; i < limits.nestingMax; i++) deep = [deep];
  expect(() => checkDocument("t", document({ deep }))).not.toThrow();
  expect(() => checkDocument("t", document({ deep: [deep] }))).toThrow(refused("document_invalid"));
  expect(() => checkDocument("t", document({ list: Array(limits.arrayLengthMax + 1).fill(0) }))).toThrow(
    refused("document_invalid"),
  );
  expect(() => checkDocument("t", document({ text: "x".repeat(limits.documentSizeBytes) }))).toThrow(
    refused("document_too_large"),
  );
  expect(() => checkDocument("t", document({ when: new Date(0) }))).toThrow("when is Date");
});

test("[VA16] sizes count UTF-8 bytes", () => {
  expect(valueSizeBytes("é")).toBe(4);
  expect(valueSizeBytes({ a: [1, 1n, true, null], gone: undefined, b: new ArrayBuffer(3) })).toBe(
    2 + 2 + 2 + 9 + 9 + 1 + 1 + 2 + 5,
  );
});

test("[VA17] an app's error crosses the wire with its data, ours with code, message and fix", () => {
  const app = fromWireError(JSON.parse(JSON.stringify(toWireError(new AppError({ reason: "closed", at: 3n })))));
  expect(app).toMatchObject({ name: "AppError", data: { reason: "closed", at: 3n } });
  const ours = fromWireError(toWireError(new BothyError("offline", { message: "m", fix: "f" })));
  expect(ours).toMatchObject({ name: "BothyError", code: "offline", message: "m", fix: "f" });
  const later = fromWireError({ code: "from_the_future" as never, message: "m" });
  expect(later).toMatchObject({ name: "BothyError", code: "from_the_future", message: "m" });
});

test("[VA17] a fault of ours shows an incident and never its cause", () => {
  const wire = toWireError(new Error("password=hunter2"), "a1b2");
  expect(wire.code).toBe("internal");
  expect(JSON.stringify(wire)).not.toContain("hunter2");
  expect(JSON.stringify(wire)).toContain("a1b2");
  expect(toWireError(new BothyError("internal", { message: "secret" })).message).not.toContain("secret");
  expect(toWireError(new AppError(new Date(0)))).toMatchObject({ code: "function_failed" });
});
