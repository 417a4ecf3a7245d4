/**
 * Arbitrary drafts of any message at any version, made from its declaration, and what such a draft must
 * decode to. `expected` is written from the rules, not from the codecs: absent fields at their default,
 * ignorable values dropped.
 */
import * as fc from 'fast-check';
import { NO_UUID } from '../../../src/base/ids.js';
import {
  type AnyMessage,
  type FieldSpec,
  type FieldType,
  type NamedField,
} from '../../../src/wire/schema.js';
import { includesVersion } from '../../../src/wire/versions.js';

export type Struct = Record<string, unknown>;

/** Tag numbers that no declaration uses. */
const UNKNOWN_TAGS = { min: 100, max: 40_000 };

export function arbitrary(message: AnyMessage, version: number): fc.Arbitrary<Struct> {
  return structArbitrary(message.fields, version, message.isFlexible(version));
}

function structArbitrary(
  fields: readonly NamedField[],
  version: number,
  flexible: boolean,
): fc.Arbitrary<Struct> {
  const required: string[] = [];
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  for (const { name, spec } of fields) {
    const there = isThere(spec, version, flexible);
    shape[name] =
      there || spec.ignorable ? valueArbitrary(spec, version, flexible) : fc.constant(plainDefault(spec));
    // A field that defaults to null can only be left out where null is legal.
    const mayOmit = spec.optional && !(there && plainDefault(spec) === null && !mayBeNull(spec, version));
    if (!mayOmit) required.push(name);
  }
  const struct = fc.record(shape, { requiredKeys: required, noNullPrototype: true });
  return flexible ? fc.tuple(struct, unknownTags()).map(([known, tags]) => ({ ...known, ...tags })) : struct;
}

function unknownTags(): fc.Arbitrary<Struct> {
  const tag = fc.record({ tag: fc.integer(UNKNOWN_TAGS), data: buffers(20) }, { noNullPrototype: true });
  const some = fc.uniqueArray(tag, { minLength: 1, maxLength: 3, selector: (entry) => entry.tag });
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ unknownTags: some }, { noNullPrototype: true }) },
  );
}

function valueArbitrary(spec: FieldSpec, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  const value = typeArbitrary(spec.type, version, flexible);
  const usual = fc.constant(plainDefault(spec));
  const values = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: usual });
  if (!mayBeNull(spec, version)) {
    // A default of null in a version that knows no null is refused, not encoded.
    return plainDefault(spec) === null ? value : values;
  }
  return fc.oneof({ weight: 4, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) });
}

function typeArbitrary(type: FieldType, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f });
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff });
    case 'int32':
      return fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
    case 'int64':
      return fc.maxSafeInteger();
    case 'float64':
      return fc.double();
    case 'boolean':
      return fc.boolean();
    case 'uuid':
      return fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((id) => Buffer.from(id).toString('base64url'));
    case 'string':
      return fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
    case 'bytes':
      return buffers(40);
    case 'records':
      return fc.oneof(buffers(40), buffers(3000), fc.array(buffers(1500), { maxLength: 3 }));
    case 'array':
      return fc.array(typeArbitrary(type.element, version, flexible), { maxLength: 3 });
    case 'struct':
      return structArbitrary(type.fields, version, flexible);
  }
}

/** Buffers up to a length, without the cost of choosing each byte. */
function buffers(maxLength: number): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.nat(maxLength), fc.integer())
    .map(([length, first]) => Buffer.from(Uint8Array.from({ length }, (_, at) => first + 7 * at)));
}

/** What a draft decodes to at a version. */
export function expected(message: AnyMessage, version: number, draft: Struct): Struct {
  return expectedStruct(message.fields, version, message.isFlexible(version), draft);
}

function expectedStruct(
  fields: readonly NamedField[],
  version: number,
  flexible: boolean,
  draft: Struct,
): Struct {
  const struct: Struct = {};
  for (const { name, spec } of fields) {
    const value = isThere(spec, version, flexible) ? draft[name] : undefined;
    struct[name] =
      value === undefined ? plainDefault(spec) : expectedValue(spec.type, version, flexible, value);
  }
  const tags = draft['unknownTags'] as { tag: number }[] | undefined;
  if (flexible && tags !== undefined) struct['unknownTags'] = [...tags].sort((a, b) => a.tag - b.tag);
  return struct;
}

function expectedValue(type: FieldType, version: number, flexible: boolean, value: unknown): unknown {
  if (value === null) return null;
  if (type.kind === 'array') {
    return (value as unknown[]).map((element) => expectedValue(type.element, version, flexible, element));
  }
  if (type.kind === 'struct') return expectedStruct(type.fields, version, flexible, value as Struct);
  return type.kind === 'records' && Array.isArray(value) ? Buffer.concat(value as Buffer[]) : value;
}

function isThere(spec: FieldSpec, version: number, flexible: boolean): boolean {
  const tagged = spec.taggedVersions !== undefined && includesVersion(spec.taggedVersions, version);
  return includesVersion(spec.versions, version) && (flexible || !tagged);
}

function mayBeNull(spec: FieldSpec, version: number): boolean {
  return spec.nullableVersions !== undefined && includesVersion(spec.nullableVersions, version);
}

/** Kafka's rule for what stands in for a field that is not there. */
function plainDefault(spec: FieldSpec): unknown {
  if (spec.explicitDefault !== undefined) return spec.explicitDefault;
  switch (spec.type.kind) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'uuid':
      return NO_UUID;
    case 'bytes':
      return Buffer.alloc(0);
    case 'records':
      return spec.nullableVersions === undefined ? Buffer.alloc(0) : null;
    case 'array':
      return [];
    case 'struct':
      return Object.fromEntries(spec.type.fields.map((field) => [field.name, plainDefault(field.spec)]));
    default:
      return 0;
  }
}

/** Every version of every message, named, for `test.each`. */
export function versionsOf(
  messages: readonly AnyMessage[],
): { message: AnyMessage; version: number; name: string }[] {
  return messages.flatMap((message) => {
    const versions = Array.from(
      { length: message.maxVersion - message.minVersion + 1 },
      (_, at) => message.minVersion + at,
    );
    return versions.map((version) => ({ message, version, name: `${message.name} ${version}` }));
  });
}
