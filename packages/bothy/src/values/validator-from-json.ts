import { BothyError } from "../errors/index.ts";
import { buildValidator } from "./build-validator.ts";
import { decodeValue } from "./decode.ts";
import * as limits from "./limit-figures.ts";
import { shapeOf } from "./validate.ts";
import { isPlainObject } from "./value.ts";
import type { LiteralValue, PlainKind, Validator, ValidatorShape } from "./validator.ts";

/** Reads a validator from its JSON; anything else is `schema_invalid`. */
export function validatorFromJson(json: unknown): Validator {
  return readValidator(json, limits.wireNestingMax);
}

function readValidator(json: unknown, nestingMax: number): Validator {
  if (!isPlainObject(json) || nestingMax === 0) throw refused();
  return buildValidator(readShape(json, (part) => shapeOf(readValidator(part, nestingMax - 1))));
}

function readShape(
  json: { readonly [field: string]: unknown },
  readPart: (part: unknown) => ValidatorShape,
): ValidatorShape {
  const isOptional = json["optional"] === true;
  const kind = json["kind"];
  switch (kind) {
    case "id": {
      const tableName = json["table"];
      if (typeof tableName !== "string") throw refused();
      return { kind, isOptional, tableName };
    }
    case "literal": {
      const value = decodeValue(json["value"]);
      if (!isLiteralValue(value)) throw refused();
      return { kind, isOptional, value };
    }
    case "array":
      return { kind, isOptional, element: readPart(json["element"]) };
    case "record":
      return { kind, isOptional, key: readPart(json["key"]), value: readPart(json["value"]) };
    case "union": {
      const members = json["members"];
      if (!Array.isArray(members)) throw refused();
      return { kind, isOptional, members: members.map(readPart) };
    }
    case "object": {
      const fields = json["fields"];
      if (!isPlainObject(fields)) throw refused();
      return {
        kind,
        isOptional,
        fields: Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, readPart(part)])),
      };
    }
    default:
      if (!isPlainKind(kind)) throw refused();
      return { kind, isOptional };
  }
}

function isLiteralValue(value: unknown): value is LiteralValue {
  return (
    typeof value === "string" || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
  );
}

const plainKinds: ReadonlySet<unknown> = new Set<PlainKind>([
  "null",
  "float64",
  "int64",
  "boolean",
  "string",
  "bytes",
  "any",
]);

function isPlainKind(kind: unknown): kind is PlainKind {
  return plainKinds.has(kind);
}

function refused(): BothyError {
  return new BothyError("schema_invalid", {
    message: "A stored validator cannot be read.",
    fix: "Use the same version of Bothy for building and for running.",
  });
}
