import { expect, expectTypeOf, test } from "vitest";
import {
  type Id,
  type Infer,
  makeId,
  stringifyJson,
  v,
  validate,
  validatorFromJson,
  type Validator,
  type Value,
} from "./index.ts";

const userId = makeId("users", new Uint8Array(16));

function problems(validator: Validator, value: unknown): string[] {
  return validator.check(value).map((issue) => issue.message);
}

test("[VA13] every kind lets its own values through and refuses the others", () => {
  const values = [null, -0, 5n, false, "open", userId, new ArrayBuffer(1), [1, 2], { a: 1 }, {}, undefined];
  const accepted = (validator: Validator): unknown[] => values.filter((value) => validator.check(value).length === 0);
  expect(accepted(v.null())).toEqual([null]);
  expect(accepted(v.number())).toEqual([-0]);
  expect(accepted(v.float64())).toEqual([-0]);
  expect(accepted(v.int64())).toEqual([5n]);
  expect(accepted(v.bigint())).toEqual([5n]);
  expect(accepted(v.boolean())).toEqual([false]);
  expect(accepted(v.string())).toEqual(["open", userId]);
  expect(accepted(v.id("users"))).toEqual([userId]);
  expect(accepted(v.literal("open"))).toEqual(["open"]);
  expect(accepted(v.bytes())).toEqual([new ArrayBuffer(1)]);
  expect(accepted(v.array(v.number()))).toEqual([[1, 2]]);
  expect(accepted(v.object({ a: v.number() }))).toEqual([{ a: 1 }]);
  expect(accepted(v.record(v.string(), v.number()))).toEqual([{ a: 1 }, {}]);
  expect(accepted(v.record(v.literal("b"), v.number()))).toEqual([{}]);
  expect(accepted(v.union(v.null(), v.boolean()))).toEqual([null, false]);
  expect(accepted(v.any())).toEqual(values.slice(0, -1));
  expect(accepted(v.optional(v.null()))).toEqual([null, undefined]);
});

test("[VA13] literals tell -0 from 0, and int64 has 64 bits", () => {
  expect(problems(v.literal(0), -0)).toHaveLength(1);
  expect(problems(v.int64(), 2n ** 63n)).toHaveLength(1);
  expect(problems(v.id("users"), makeId("reports", new Uint8Array(16)))).toHaveLength(1);
});

test("[VA13] objects are strict: a field too many is refused, an undefined one is absent", () => {
  const report = v.object({ title: v.string(), note: v.optional(v.string()) });
  expect(problems(report, { title: "a", note: undefined, gone: undefined })).toEqual([]);
  expect(problems(report, { title: "a", extra: 1 })).toEqual(["extra is a field that is not expected"]);
  expect(problems(report, { title: "a", toString: 1 })).toEqual(["toString is a field that is not expected"]);
  expect(problems(report, JSON.parse('{"title":"a","__proto__":{}}'))).toHaveLength(1);
  expect(
    problems(
      report,
      new (class Report {
        title = "a";
      })(),
    ),
  ).toHaveLength(1);
});

test("[VA13] a missing field is missing, also when every object inherits something of its name", () => {
  expect(problems(v.object({ constructor: v.any() }), {})).toEqual(
    ["constructor: expected a value, found nothing"].map(() => expect.any(String)),
  );
  expect(problems(v.object({ toString: v.string().optional() }), {})).toEqual([]);
});

test("[VA14] an error names path, what was expected and what was found, for each fault", () => {
  const report = v.object({ title: v.string(), tags: v.array(v.object({ name: v.string() })) });
  expect(() =>
    validate(
      report,
      { title: 5, tags: [{ name: "a" }, { name: null }] },
      "arguments_invalid",
      "What reports:file was given",
    ),
  ).toThrow(
    expect.objectContaining({
      code: "arguments_invalid",
      message:
        "What reports:file was given is refused: title: expected string, found number; tags[1].name: expected string, found null.",
      details: [
        { path: ["title"], expected: "string", found: "number" },
        { path: ["tags", 1, "name"], expected: "string", found: "null" },
      ],
    }),
  );
  expect(() => validate(report, { title: "a", tags: [] }, "returns_invalid", "x")).not.toThrow();
});

test("[VA14] of a union of tagged objects, the fault is told inside the one that was meant", () => {
  const change = v.union(
    v.object({ kind: v.literal("move"), to: v.number() }),
    v.object({ kind: v.literal("name"), name: v.string() }),
    v.null(),
  );
  expect(problems(change, { kind: "name", name: 5 })).toEqual(["name: expected string, found number"]);
  expect(problems(change, 5)).toEqual(["the value: expected object or object or null, found number"]);
  expect(problems(v.union(v.literal("a"), v.literal("b")), "c")).toEqual([
    'the value: expected "a" or "b", found string of 1 characters',
  ]);
});

test("[VA14] a value with thousands of faults makes a message of twenty", () => {
  expect(problems(v.array(v.string()), Array(5_000).fill(0))).toHaveLength(20);
  expect(problems(v.string(), "x".repeat(5_000))).toEqual([]);
  expect(problems(v.number(), "x".repeat(5_000))[0]).toContain("string of 5000 characters");
});

test("[VA13] v.any takes values only", () => {
  expect(problems(v.any(), { at: [new Date(0)] })).toEqual(["at[0] is Date, which is no value"]);
});

test("[VA13] pick, omit, partial and extend make other objects of the same fields", () => {
  const report = v.object({ title: v.string(), size: v.number(), note: v.optional(v.string()) });
  expect(Object.keys(report.pick("title").fields)).toEqual(["title"]);
  expect(Object.keys(report.omit("title").fields)).toEqual(["size", "note"]);
  expect(problems(report.partial(), {})).toEqual([]);
  expect(problems(report.partial().pick("title"), { title: 1 })).toHaveLength(1);
  expect(problems(report.extend({ size: v.string() }), { title: "a", size: "b" })).toEqual([]);
  expectTypeOf<Infer<ReturnType<typeof report.partial>>["title"]>().toEqualTypeOf<string | undefined>();
});

test("[VA13] types follow from validators", () => {
  const report = v.object({
    owner: v.id("users"),
    state: v.union(v.literal("open"), v.literal("closed")),
    note: v.optional(v.string()),
    counts: v.record(v.string(), v.number()),
    place: v.object({ x: v.number() }),
    any: v.any(),
  });
  type Report = Infer<typeof report>;
  expectTypeOf<Report["owner"]>().toEqualTypeOf<Id<"users">>();
  expectTypeOf<Report["state"]>().toEqualTypeOf<"open" | "closed">();
  expectTypeOf<Report["note"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Report["counts"]>().toEqualTypeOf<Record<string, number>>();
  expectTypeOf<Report["any"]>().toEqualTypeOf<Value>();
  expectTypeOf<(typeof report)["~paths"]>().toEqualTypeOf<
    "owner" | "state" | "note" | "counts" | `counts.${string}` | "place" | "place.x" | "any" | `any.${string}`
  >();
  const asPlain: Validator = report;
  expect(asPlain.kind).toBe("object");
});

test("[VA13] a validator survives JSON, and its JSON is equal when it is", () => {
  const report = v.object({
    owner: v.id("users"),
    state: v.union(v.literal("open"), v.literal(5n), v.literal(true)),
    note: v.optional(v.array(v.string())),
    counts: v.record(v.string(), v.number()),
    rest: v.any(),
  });
  const again = validatorFromJson(JSON.parse(JSON.stringify(report.json)));
  expect(stringifyJson(again.json)).toBe(stringifyJson(report.json));
  const right = { owner: userId, state: 5n, counts: { a: 1 }, rest: null };
  expect(again.check(right)).toEqual([]);
  expect(again.check({ ...right, state: "closed" })).toHaveLength(1);
  for (const wrong of [
    null,
    {},
    { kind: "date" },
    { kind: "id" },
    { kind: "array" },
    { kind: "union", members: 1 },
    { kind: "object", fields: [] },
  ]) {
    expect(() => validatorFromJson(wrong)).toThrow(expect.objectContaining({ code: "schema_invalid" }));
  }
});

test("[VA13] a validator of another copy of the package works inside ours", () => {
  const foreign = { ...v.string(), check: undefined } as unknown as Validator<string, false>;
  expect(problems(v.object({ a: foreign }), { a: 1 })).toHaveLength(1);
});

test("[VA13] what is no validator, or optional where nothing can be absent, is refused when it is built", () => {
  const refused = expect.objectContaining({ code: "schema_invalid" });
  expect(() => v.object({ a: undefined as never })).toThrow(refused);
  expect(() => v.array(v.optional(v.string()) as never)).toThrow(refused);
  expect(() => v.union(v.optional(v.string()) as never)).toThrow(refused);
  expect(() => v.object({ $a: v.string() })).toThrow(refused);
  expect(() => v.object({ ["__proto__"]: v.string() })).toThrow(refused);
});

test("[VA13] validators speak Standard Schema", () => {
  const standard = v.object({ a: v.number() })["~standard"];
  expect(standard).toMatchObject({ version: 1, vendor: "bothy" });
  expect(standard.validate({ a: 1 })).toEqual({ value: { a: 1 } });
  expect(standard.validate({ a: "1" })).toMatchObject({ issues: [{ path: ["a"] }] });
});
