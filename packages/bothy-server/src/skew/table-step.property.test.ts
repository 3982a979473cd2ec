import { defineSchema, defineTable, equalValues, tableOf, v } from "bothy/internal";
import type { TableDefinition, TableLens, Validator, Value } from "bothy/internal";
import fc from "fast-check";
import { expect, test } from "vitest";
import { planTableStep } from "./table-step.ts";
import type { FieldValues, TablePlan, TableStep } from "./table-step.ts";

const names = ["a", "b", "c", "d", "e"];
type Kind = "string" | "number" | "literals" | "object" | "union";
interface FieldPlan {
  readonly kind: Kind;
  readonly isOptional: boolean;
}
type TableShape = Readonly<Record<string, FieldPlan>>;

const validators: Readonly<Record<Kind, Validator>> = {
  string: v.string(),
  number: v.number(),
  literals: v.union(v.literal("low"), v.literal("high")),
  object: v.object({ x: v.number(), y: v.string().optional() }),
  union: v.union(v.string(), v.object({ x: v.number() })),
};
const values: Readonly<Record<Kind, fc.Arbitrary<Value>>> = {
  string: fc.string(),
  number: fc.double({ noNaN: true }),
  literals: fc.constantFrom("low", "high"),
  object: fc.record({ x: fc.integer(), y: fc.string() }, { requiredKeys: ["x"] }),
  union: fc.oneof(fc.string(), fc.record({ x: fc.integer() })),
};

function tableFrom(shape: TableShape): TableDefinition {
  const fields = Object.entries(shape).map(([name, { kind, isOptional }]) => {
    const validator = validators[kind];
    return [name, isOptional ? validator.optional() : validator] as const;
  });
  return tableOf(defineSchema({ t: defineTable(Object.fromEntries(fields)) }), "t");
}

const shapes: fc.Arbitrary<TableShape> = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom(...names),
      fc.record({
        kind: fc.constantFrom<Kind>("string", "number", "literals", "object", "union"),
        isOptional: fc.boolean(),
      }),
    ),
    { selector: ([name]) => name, maxLength: 5 },
  )
  .map((entries) => Object.fromEntries(entries));

const lenses: fc.Arbitrary<TableLens> = fc.record(
  {
    renamed: fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...names), { maxKeys: 2 }),
    defaults: fc.dictionary(fc.constantFrom(...names), fc.constantFrom<Value>("unknown", 0, "low", { x: 1 }), {
      maxKeys: 5,
    }),
  },
  { requiredKeys: [] },
);

function documentOf(shape: TableShape): fc.Arbitrary<FieldValues> {
  const fields = Object.entries(shape).map(([name, { kind, isOptional }]) => {
    const value = values[kind];
    return [name, isOptional ? fc.option(value, { nil: undefined }) : value] as const;
  });
  return fc.record(Object.fromEntries(fields)).map((document) => withoutUndefined(document));
}

function withoutUndefined(fields: FieldValues): FieldValues {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The newer schema drops some fields of the older one, and has some more or with other validators. */
const scenes = fc
  .record({ older: shapes, kept: fc.subarray(names), added: shapes, hasAdded: fc.boolean(), lens: lenses })
  .map(({ older, kept, added, hasAdded, lens }) => {
    const rest = Object.fromEntries(Object.entries(older).filter(([name]) => kept.includes(name)));
    return { older, newer: hasAdded ? { ...rest, ...added } : rest, lens };
  })
  .chain((scene) => fc.record({ scene: fc.constant(scene), document: documentOf(scene.older) }));

function stepOf(plan: TablePlan): TableStep | undefined {
  return plan.kind === "step" ? plan.step : undefined;
}

test("[SK3] whatever the older schema lets through, a step makes something that the newer one lets through, and back", () => {
  let stepCount = 0;
  fc.assert(
    fc.property(scenes, ({ scene, document }) => {
      const [older, newer] = [tableFrom(scene.older), tableFrom(scene.newer)];
      const up = stepOf(planTableStep(older, newer, { lens: scene.lens, direction: "up" }));
      if (up === undefined) return;
      stepCount++;
      const upper = up.apply(document);
      expect(newer.validator.check(upper)).toEqual([]);
      const down = stepOf(planTableStep(newer, older, { lens: scene.lens, direction: "down" }));
      if (down) expect(older.validator.check(down.apply(upper))).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
  expect(stepCount).toBeGreaterThan(500);
});

test("[SK4] up and down again keeps every field that both schemas have under the same validator", () => {
  let keptCount = 0;
  fc.assert(
    fc.property(scenes, ({ scene, document }) => {
      const [older, newer] = [tableFrom(scene.older), tableFrom(scene.newer)];
      const { lens } = scene;
      const up = stepOf(planTableStep(older, newer, { lens, direction: "up" }));
      const down = stepOf(planTableStep(newer, older, { lens, direction: "down" }));
      if (!up || !down) return;
      const again = down.apply(up.apply(document));
      for (const [name, { kind }] of Object.entries(scene.older)) {
        const carried = up.carry(name);
        if (carried === undefined || scene.newer[carried]?.kind !== kind || down.carry(carried) !== name) continue;
        keptCount++;
        expect(equalValues(again[name], document[name])).toBe(true);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(keptCount).toBeGreaterThan(200);
});
