import { expect, test } from "vitest";
import { v } from "../values/index.ts";
import { defineSchema, defineTable, lensFromJson, lensToJson, schemaHash } from "./index.ts";

const reports = defineTable({ remarks: v.string(), size: v.int64() });

test("[SK5] a lens stands at its table, is no part of the schema's hash, and travels as JSON", () => {
  const lens = {
    renamed: { note: "remarks" },
    defaults: { size: 3n, gone: { bytes: new ArrayBuffer(2) } },
    values: { state: { up: { open: "filed" } } },
  };
  const schema = defineSchema({ reports: reports.index("by_remarks", ["remarks"]).lens(lens) });
  expect(schemaHash(schema)).toBe(schemaHash(defineSchema({ reports: reports.index("by_remarks", ["remarks"]) })));
  const told = { ...lens, values: { state: { up: { open: "filed" }, down: {} } } };
  expect(schema.tables["reports"]?.lens).toEqual(told);
  expect(lensFromJson(JSON.parse(JSON.stringify(lensToJson(lens))))).toEqual(told);
});

test("[SK5] the compiler knows the values of fields that the table has, and a lens of another form is refused where it stands", () => {
  // @ts-expect-error the field holds text
  const wrong = (): unknown => reports.lens({ defaults: { remarks: 5 } });
  expect(wrong).not.toThrow();
  const twisted = { renamed: { note: 5 } } as unknown as { renamed: Record<string, string> };
  expect(() => reports.lens(twisted)).toThrow(expect.objectContaining({ code: "schema_invalid" }));
});
