/**
 * Every declaration against Kafka's own message definitions: fields and their order, versions, nullability,
 * tags, types, defaults. The definitions are reference data kept beside the project, not in it: where they
 * are absent the test is skipped, except under CI. What a declaration leaves out must lie outside the
 * versions it declares.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { APIS } from '../../../src/wire/messages/index.js';
import {
  type AnyMessage,
  defaultOf,
  type FieldSpec,
  type FieldType,
  type NamedField,
} from '../../../src/wire/schema.js';
import { parseVersions, type VersionRange } from '../../../src/wire/versions.js';

const directory = new URL('../../../../shared/kafka-messages/', import.meta.url);
const absent = !existsSync(directory);

interface Definition {
  readonly apiKey: number;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly fields: readonly DefinedField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly DefinedField[] }[];
}

interface DefinedField {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number;
  readonly default?: string | number | boolean;
  readonly ignorable?: boolean;
  readonly fields?: readonly DefinedField[];
}

/**
 * One field, comparable: ranges are cut to the versions that the declaration speaks and its parents exist in.
 */
interface Row {
  readonly path: string;
  readonly type: string;
  readonly versions: string;
  readonly nullable: string;
  readonly tag: string;
  readonly default: unknown;
  readonly ignorable: boolean;
}

describe.skipIf(absent && process.env['CI'] === undefined)('declarations equal the definitions', () => {
  test('the definitions are there', () => expect(absent).toBe(false));

  const messages = APIS.flatMap((api) => [
    { api, message: api.request },
    { api, message: api.response },
  ]);
  test.each(messages.map((entry) => ({ ...entry, name: entry.message.name })))(
    '$name',
    ({ api, message }) => {
      const definition = read(message.name);
      const spoken = { min: message.minVersion, max: message.maxVersion };
      const valid = parseVersions(definition.validVersions);
      expect(definition.apiKey).toBe(api.key);
      expect(cut(spoken, valid)).toEqual(spoken);
      expect(message.flexible).toBe(
        definition.flexibleVersions === 'none' ? null : parseVersions(definition.flexibleVersions).min,
      );
      expect(declaredRows(message)).toEqual(definedRows(definition, spoken));
    },
  );
});

function read(name: string): Definition {
  const text = readFileSync(new URL(`${name}.json`, directory), 'utf8');
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as Definition;
}

function cut(range: VersionRange, within: VersionRange): VersionRange | undefined {
  const min = Math.max(range.min, within.min);
  const max = Math.min(range.max, within.max);
  return min <= max ? { min, max } : undefined;
}

function cutText(versions: string | undefined, within: VersionRange): string {
  if (versions === undefined || versions === 'none') return 'none';
  return show(cut(parseVersions(versions), within));
}

function show(range: VersionRange | undefined): string {
  return range === undefined ? 'none' : `${range.min} to ${range.max}`;
}

function declaredRows(message: AnyMessage): Row[] {
  const rows: Row[] = [];
  const walk = (fields: readonly NamedField[], parent: string, within: VersionRange): void => {
    for (const { name, spec } of fields) {
      const path = `${parent}${name}`;
      const versions = cut(spec.versions, within);
      if (versions === undefined) continue;
      rows.push({
        path,
        type: typeName(spec.type),
        versions: show(versions),
        nullable: spec.nullableVersions === undefined ? 'none' : show(cut(spec.nullableVersions, versions)),
        tag:
          spec.taggedVersions === undefined
            ? 'none'
            : `${spec.tag} in ${show(cut(spec.taggedVersions, versions))}`,
        default: comparableDefault(spec),
        ignorable: spec.ignorable,
      });
      const inside = elementOf(spec.type);
      if (inside.kind === 'struct') walk(inside.fields, `${path}.`, versions);
    }
  };
  walk(message.fields, '', { min: message.minVersion, max: message.maxVersion });
  return rows;
}

function elementOf(type: FieldType): FieldType {
  return type.kind === 'array' ? elementOf(type.element) : type;
}

function typeName(type: FieldType): string {
  if (type.kind === 'array') return `[]${typeName(type.element)}`;
  return type.kind === 'boolean' ? 'bool' : type.kind;
}

/** Structs of defaults are compared by their fields' own rows. */
function comparableDefault(spec: FieldSpec): unknown {
  const value = defaultOf(spec);
  if (value !== null && spec.type.kind === 'struct') return 'its fields';
  return Buffer.isBuffer(value) ? [...value] : value;
}

function definedRows(definition: Definition, spoken: VersionRange): Row[] {
  const structs = new Map(definition.commonStructs?.map(({ name, fields }) => [name, fields]));
  const rows: Row[] = [];
  const walk = (fields: readonly DefinedField[], parent: string, within: VersionRange): void => {
    for (const field of fields) {
      const path = `${parent}${field.name.charAt(0).toLowerCase()}${field.name.slice(1)}`;
      const versions = cut(parseVersions(field.versions), within);
      if (versions === undefined) continue;
      const inside = field.fields ?? structs.get(field.type.replace('[]', ''));
      const type = inside === undefined ? field.type : field.type.replace(/[A-Z]\w*$/, 'struct');
      rows.push({
        path,
        type,
        versions: show(versions),
        nullable: cutText(field.nullableVersions, versions),
        tag: field.tag === undefined ? 'none' : `${field.tag} in ${cutText(field.taggedVersions, versions)}`,
        default: definedDefault(field, type),
        ignorable: field.ignorable ?? false,
      });
      if (inside !== undefined) walk(inside, `${path}.`, versions);
    }
  };
  walk(definition.fields, '', spoken);
  return rows;
}

function definedDefault(field: DefinedField, type: string): unknown {
  const text = field.default === undefined ? '' : String(field.default);
  if (text === 'null') return null;
  if (type.startsWith('[]')) return [];
  if (type === 'struct') return 'its fields';
  if (type === 'string') return text;
  if (type === 'bool') return text === 'true';
  if (type === 'bytes') return [];
  if (type === 'records') return field.nullableVersions === undefined ? [] : null;
  if (type === 'uuid') return 'AAAAAAAAAAAAAAAAAAAAAA';
  return text === '' ? 0 : Number(text);
}
