import { expect, expectTypeOf, test } from "vitest";
import { type DataModelFromSchema, defineSchema, defineTable, type DocumentOf } from "../schema/index.ts";
import { type Id, v } from "../values/index.ts";
import {
  anyApi,
  bringUp,
  type ApiFromModules,
  type ArgsOf,
  checkFunctionNames,
  collectFunctions,
  createFunctions,
  type FilterApi,
  type FunctionReference,
  functionVersion,
  getFunctionName,
  isRegisteredFunction,
  mutation,
  type QueryContext,
  query,
  range,
  scopeSpecsOf,
  type ReturnOf,
  type Upcast,
  scope,
  upcast,
} from "./index.ts";

const schema = defineSchema({
  airports: defineTable({ name: v.string(), reportCount: v.number() }),
  reports: defineTable({
    airportId: v.id("airports"),
    date: v.string(),
    speed: v.optional(v.number()),
    state: v.union(v.literal("open"), v.literal("closed")),
  }).index("by_airport", ["airportId", "date"]),
});
type Model = DataModelFromSchema<typeof schema>;
type Report = DocumentOf<Model, "reports">;
const typed = createFunctions<Model>();

const list = typed.query({
  args: { airportId: v.id("airports"), from: v.optional(v.string()) },
  handler: async ({ db }, { airportId, from = "" }) => {
    const found: Report[] = await db
      .query("reports")
      .withIndex("by_airport", (q) => q.eq("airportId", airportId).gte("date", from))
      .filter((q) => q.and(q.eq(q.field("state"), "open"), q.gt(q.field("speed"), 3)))
      .order("desc")
      .collect();
    return found;
  },
});

const edit = typed.mutation({
  args: v.object({ reportId: v.id("reports"), changes: v.object({ date: v.string() }).partial() }),
  returns: v.null(),
  handler: async ({ db }, { reportId, changes }) => {
    await db.patch(reportId, { ...changes, speed: undefined });
    await db.patch("reports", reportId, { state: "closed" });
    const report = await db.get(reportId);
    if (report !== null) await db.replace(reportId, { ...report, state: "open" });
    const airportId: Id<"airports"> = await db.insert("airports", { name: "JFK", reportCount: 0 });
    await db.delete(airportId);
    await reads({ db });
    return null;
  },
});

async function reads({ db }: Pick<QueryContext<Model>, "db">): Promise<Report | null> {
  for await (const report of db.query("reports")) if (report.state === "open") return report;
  return await db
    .query("reports")
    .withIndex("by_creation_time", (q) => q.gt("_creationTime", 5))
    .first();
}

const secret = typed.internalQuery(async (_, args: { word: string }) => args.word);
const mine = typed.scope(async () => [
  typed.range("reports", "by_airport", (q) => q.eq("airportId", "x" as Id<"airports">)).newest(5),
]);

const refused = (code: string): unknown => expect.objectContaining({ code });

test("[SC11] a function says its kind, who may call it, what it takes and what it gives", () => {
  expect(list).toMatchObject({ isBothyFunction: true, kind: "query", visibility: "public" });
  expect(edit).toMatchObject({ kind: "mutation", visibility: "public" });
  expect(secret).toMatchObject({ kind: "query", visibility: "internal" });
  expect(mine).toMatchObject({ kind: "scope" });
  expect(list.args?.check({ airportId: 1 })).toHaveLength(1);
  expect(edit.returns?.check(null)).toEqual([]);
  expect("args" in secret).toBe(false);
  expectTypeOf<ArgsOf<typeof list>>().toEqualTypeOf<{ airportId: Id<"airports">; from?: string | undefined }>();
  expectTypeOf<ReturnOf<typeof list>>().toEqualTypeOf<Report[]>();
  expectTypeOf<ReturnOf<typeof edit>>().toEqualTypeOf<null>();
  expectTypeOf<ArgsOf<typeof secret>>().toEqualTypeOf<{ word: string }>();
});

test("[SC11] a scope says what it takes and for how long a device may use what it grants", () => {
  const ofAirport = typed.scope({
    args: { airportId: v.id("airports") },
    lease: "30d",
    handler: async (_, { airportId }) => [typed.range("reports", "by_airport", (q) => q.eq("airportId", airportId))],
  });
  expect(ofAirport).toMatchObject({ kind: "scope", leaseMs: 30 * 86_400_000 });
  expect(ofAirport.args?.check({ airportId: 1 })).toHaveLength(1);
  expectTypeOf<ArgsOf<typeof ofAirport>>().toEqualTypeOf<{ airportId: Id<"airports"> }>();
  expect(typed.scope({ lease: "90m", handler: () => [] }).leaseMs).toBe(5_400_000);
  expect(typed.scope({ lease: "8h", handler: () => ({ ranges: [], until: 5 }) }).leaseMs).toBe(28_800_000);
  expect("leaseMs" in mine || "args" in mine).toBe(false);
});

test("[SC11] the compiler refuses wrong tables, fields, indexes, orders and results", () => {
  const wrong = (): void => {
    typed.query({
      args: { airportId: v.id("airports") },
      handler: async ({ db }, { airportId }) => {
        // @ts-expect-error: no such table
        await db.query("nope").collect();
        const reports = db.query("reports");
        // @ts-expect-error: no such index
        reports.withIndex("by_date");
        // @ts-expect-error: the first field of the index comes first
        reports.withIndex("by_airport", (q) => q.eq("date", "2020"));
        // @ts-expect-error: a date is a string
        reports.withIndex("by_airport", (q) => q.eq("airportId", airportId).gt("date", 5));
        // @ts-expect-error: a query cannot write
        await db.insert("airports", { name: "a", reportCount: 1 });
      },
    });
    typed.mutation({
      args: {},
      handler: async ({ db }) => {
        // @ts-expect-error: a field is missing
        await db.insert("airports", { name: "a" });
        // @ts-expect-error: no such field
        await db.patch("" as Id<"airports">, { nope: 1 });
        // @ts-expect-error: an id of another table
        await db.get("reports", "" as Id<"airports">);
      },
    });
    // @ts-expect-error: not what `returns` says
    typed.query({ args: {}, returns: v.string(), handler: () => 5 });
    // @ts-expect-error: no field of the arguments
    typed.scope({ args: { a: v.string() }, handler: (_, { b }) => (b === undefined ? [] : []) });
    // @ts-expect-error: no time
    typed.scope({ lease: "a while", handler: () => [] });
    // @ts-expect-error: no such index
    typed.range("reports", "by_date");
  };
  expect(wrong).toThrow(refused("usage_invalid"));
});

test("[SC11] a function of any schema takes any table", () => {
  const any = query(async ({ db }, { table }: { table: string }) => (await db.query(table).first())?._id ?? null);
  expectTypeOf<ReturnOf<typeof any>>().toEqualTypeOf<string | null>();
  expect(isRegisteredFunction(any)).toBe(true);
  expect(isRegisteredFunction({ ...any })).toBe(true);
  for (const other of [null, 5, {}, () => 1, { isBothyFunction: true, kind: "action", handler: () => 1 }])
    expect(isRegisteredFunction(other)).toBe(false);
});

test("[SC11] what is no function, a scope with arguments that it does not declare, or with a lease that is no time, is refused when it is made", () => {
  for (const wrong of [undefined, null, {}, { handler: 5 }, "x"])
    expect(() => query(wrong as never)).toThrow(refused("usage_invalid"));
  for (const lease of ["30", "1w", "0d", 59_999, 1.5, Infinity, null])
    expect(() => scope({ lease, handler: () => [] } as never)).toThrow(refused("usage_invalid"));
  expect(() => scope(((_ctx: unknown, _args: unknown) => []) as never)).toThrow(refused("usage_invalid"));
  expect(() => mutation({ args: { a: 1 as never }, handler: () => null })).toThrow(refused("schema_invalid"));
});

test("[SC12] a range says what a scope grants, and a window how many rows of it", () => {
  const granted = range("reports", "by_airport", (q) => q.eq("airportId", "x").gte("date", "2020")).newest(5);
  expect(granted.spec).toEqual({
    table: "reports",
    index: "by_airport",
    prefix: ["x"],
    lower: { value: "2020", isInclusive: true },
    fields: ["airportId", "date"],
    newest: 5,
  });
  expect(range("airports", "by_id").spec).toMatchObject({ prefix: [] });
  expect(() => granted.newest(0)).toThrow(refused("range_invalid"));
  expect(scopeSpecsOf("scopes:mine", [granted])).toEqual({ ranges: [granted.spec], until: undefined });
  expect(scopeSpecsOf("scopes:mine", { ranges: [granted], until: 5 })).toEqual({ ranges: [granted.spec], until: 5 });
  expect(scopeSpecsOf("scopes:mine", { ranges: [] })).toEqual({ ranges: [], until: undefined });
  expect(() => scopeSpecsOf("scopes:mine", { ranges: [], until: "5" })).toThrow(refused("returns_invalid"));
  expect(() => scopeSpecsOf("scopes:mine", { ranges: [], until: Number.NaN })).toThrow(refused("returns_invalid"));
  expect(() => scopeSpecsOf("scopes:mine", granted)).toThrow(refused("returns_invalid"));
  expect(() => scopeSpecsOf("scopes:mine", [granted, granted.spec])).toThrow(refused("returns_invalid"));
  expect(() => scopeSpecsOf("scopes:mine", Array(4_097).fill(granted))).toThrow(refused("limit_exceeded"));
});

test("[SC13] a function is named by file and export, the same by its module and by a reference", () => {
  const found = collectFunctions({
    "shared/reports": { list, edit, schema, limit: 5 },
    "./admin.ts": { secret, default: list },
  });
  expect([...found.keys()]).toEqual(["shared/reports:list", "shared/reports:edit", "admin:secret", "admin:default"]);
  expect(found.get("shared/reports:edit")).toBe(edit);
  const api = anyApi as unknown as ApiFromModules<{
    "shared/reports": { list: typeof list; edit: typeof edit; limit: number };
    admin: { secret: typeof secret };
  }>;
  expect(getFunctionName(api.shared.reports.edit)).toBe("shared/reports:edit");
  expect(getFunctionName("admin:secret")).toBe("admin:secret");
  expectTypeOf(api.shared.reports.edit).toExtend<FunctionReference<"mutation", "public">>();
  expectTypeOf<keyof (typeof api)["shared"]["reports"]>().toEqualTypeOf<"list" | "edit">();
  expectTypeOf<ArgsOf<(typeof api)["admin"]["secret"]>>().toEqualTypeOf<{ word: string }>();
  expectTypeOf<keyof FilterApi<typeof api, "public">["admin"]>().toEqualTypeOf<never>();
  expect(() => checkFunctionNames({ "a-b": { list } })).toThrow(refused("build_failed"));
  expect(() => checkFunctionNames({ "a.ts": { list }, "a.js": { list } })).toThrow(refused("build_failed"));
  expect(() => checkFunctionNames({ a: { list, edit }, b: { list } })).not.toThrow();
});

test("[SC13] what is no reference has no name, and an api is not mistaken for a promise", async () => {
  expect(() => getFunctionName(anyApi)).toThrow(refused("function_missing"));
  expect(() => getFunctionName({} as never)).toThrow(refused("function_missing"));
  expect(await Promise.resolve<unknown>(anyApi)).toBe(anyApi);
});

test("[SC14] a function's version changes with its arguments, and with nothing else", () => {
  const version = functionVersion("a:b", query({ args: { x: v.string() }, handler: () => 1 }));
  expect(version).toMatch(/^[0-9a-f]{12}$/);
  expect(functionVersion("a:b", mutation({ args: { x: v.string() }, returns: v.number(), handler: () => 2 }))).toBe(
    version,
  );
  expect(functionVersion("a:b", query({ args: { x: v.number() }, handler: () => 1 }))).not.toBe(version);
  expect(
    functionVersion(
      "a:b",
      query(() => 1),
    ),
  ).not.toBe(version);
});

test("[SK10] arguments of an older version are brought up to those that the function takes, whose type the compiler knows", () => {
  const old = { note: v.string() };
  const edit = mutation({
    args: { remarks: v.string() },
    upcasts: [upcast(old, ({ note }) => ({ remarks: `${note}!` }))],
    handler: async (_ctx, { remarks }) => remarks,
  });
  const version = functionVersion("reports:edit", { args: v.object(old) });
  expect(bringUp("reports:edit", edit, { args: { note: "n" }, version })).toEqual({ remarks: "n!" });
  const current = functionVersion("reports:edit", edit);
  for (const other of [current, "unknown", undefined]) {
    const call = { args: { note: "n" }, ...(other !== undefined && { version: other }) };
    expect(bringUp("reports:edit", edit, call)).toEqual({ note: "n" });
  }
  expect(() => bringUp("reports:edit", edit, { args: { note: 1 }, version })).toThrow(
    expect.objectContaining({ code: "arguments_invalid" }),
  );
  const other = upcast(old, ({ note }) => ({ text: note }));
  expectTypeOf(other).toExtend<Upcast<{ text: string }>>();
  expectTypeOf(other).not.toExtend<Upcast<{ remarks: string }>>();
});
