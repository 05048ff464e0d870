/** Checks a value against the part of JSON Schema that specifications of connectors use. */

import type { Json, JsonObject } from "./protocol.js";

/** What is wrong with a value, in words that do not repeat it: it may be a secret. */
export function violations(
  schema: JsonObject,
  value: unknown,
  at = "it",
): string[] {
  if (Array.isArray(schema.oneOf)) {
    const fits = schema.oneOf.some(
      (option) => violations(option as JsonObject, value, at).length === 0,
    );
    return fits ? [] : [`${at} is none of what is allowed`];
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return [`${at} is not of type ${types.join(" or ")}`];
  if ("const" in schema && schema.const !== value)
    return [`${at} is not ${JSON.stringify(schema.const)}`];
  if (Array.isArray(schema.enum) && !schema.enum.includes(value as Json))
    return [`${at} is none of ${schema.enum.join(", ")}`];
  if (typeof value === "string") return ofString(schema, value, at);
  if (typeof value === "number") return ofNumber(schema, value, at);
  if (Array.isArray(value))
    return value.flatMap((item, i) =>
      violations((schema.items ?? {}) as JsonObject, item, `${at}[${i}]`),
    );
  if (typeof value === "object" && value !== null)
    return ofObject(schema, value as JsonObject, at);
  return [];
}

function isOfType(value: unknown, type: Json): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object")
    return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function ofString(schema: JsonObject, value: string, at: string): string[] {
  if (
    typeof schema.pattern === "string" &&
    !new RegExp(schema.pattern).test(value)
  )
    return [`${at} does not match ${schema.pattern}`];
  if (typeof schema.minLength === "number" && value.length < schema.minLength)
    return [`${at} is too short`];
  return [];
}

function ofNumber(schema: JsonObject, value: number, at: string): string[] {
  if (typeof schema.minimum === "number" && value < schema.minimum)
    return [`${at} is less than ${schema.minimum}`];
  if (typeof schema.maximum === "number" && value > schema.maximum)
    return [`${at} is more than ${schema.maximum}`];
  return [];
}

function ofObject(schema: JsonObject, value: JsonObject, at: string): string[] {
  const required = (schema.required ?? []) as string[];
  const missing = required
    .filter((key) => value[key] === undefined)
    .map((key) => `${key} is missing`);
  const properties = (schema.properties ?? {}) as { [key: string]: JsonObject };
  const wrong = Object.entries(properties)
    .filter(([key]) => value[key] !== undefined)
    .flatMap(([key, property]) =>
      violations(property, value[key], at === "it" ? key : `${at}.${key}`),
    );
  return [...missing, ...wrong];
}
