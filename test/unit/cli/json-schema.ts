/**
 * As much of JSON Schema as docs/schemas uses; a keyword beyond that is an error, so that no rule is passed over in silence.
 */
export type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(['$schema', 'title', 'description']);

/** Where a value breaks its schema, as `$.partitions[0].offset: …`; empty: it fits. @throws Error for a keyword that is not known */
export function schemaProblems(schema: Schema, value: unknown, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]): string[] => {
    if (ANNOTATIONS.has(keyword)) return [];
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`docs/schemas uses ${keyword}, which the test does not know`);
    return check(rule, value, at, schema);
  });
}

type Check = (rule: unknown, value: unknown, at: string, schema: Schema) => string[];

const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (rule, value, at) => {
    const types = [rule].flat() as string[];
    return types.some((type) => hasType(value, type))
      ? []
      : [`${at}: ${JSON.stringify(value)} is not ${types.join(' or ')}`];
  },
  const: (rule, value, at) =>
    value === rule ? [] : [`${at}: ${JSON.stringify(value)} is not ${String(rule)}`],
  enum: (rule, value, at) =>
    (rule as unknown[]).includes(value) ? [] : [`${at}: ${JSON.stringify(value)} is none of ${String(rule)}`],
  minimum: (rule, value, at) =>
    typeof value === 'number' && value < (rule as number) ? [`${at}: ${value} is below ${String(rule)}`] : [],
  required: (rule, value, at) =>
    isObject(value)
      ? (rule as string[])
          .filter((name) => !Object.hasOwn(value, name))
          .map((name) => `${at}: ${name} is missing`)
      : [],
  properties: (rule, value, at) =>
    isObject(value)
      ? Object.entries(rule as Record<string, Schema>).flatMap(([name, inner]) =>
          Object.hasOwn(value, name) ? schemaProblems(inner, value[name], `${at}.${name}`) : [],
        )
      : [],
  additionalProperties: (rule, value, at, schema) => {
    if (!isObject(value)) return [];
    const known = Object.keys((schema['properties'] ?? {}) as object);
    const others = Object.entries(value).filter(([name]) => !known.includes(name));
    if (rule === false) return others.map(([name]) => `${at}: ${name} is not in the schema`);
    return others.flatMap(([name, inner]) => schemaProblems(rule as Schema, inner, `${at}.${name}`));
  },
  items: (rule, value, at) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => schemaProblems(rule as Schema, each, `${at}[${index}]`))
      : [],
  anyOf: (rule, value, at) => {
    const problems = (rule as Schema[]).map((each) => schemaProblems(each, value, at));
    if (problems.some((list) => list.length === 0)) return [];
    // Of those that were meant, the nearest: a wrong `type` has more to complain of.
    return problems.toSorted((a, b) => a.length - b.length)[0]!;
  },
};

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
