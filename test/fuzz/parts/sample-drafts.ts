/** A value for every field of a message at a version, from its declaration: one of everything, or nothing but defaults. */
import {
  type AnyMessage,
  defaultOf,
  type FieldSpec,
  type FieldType,
  isNullable,
  type NamedField,
  placeOf,
} from '../../../src/wire/schema.js';

export type Struct = Record<string, unknown>;

/** What the fields of `full` are filled with. */
export interface Filling {
  readonly text: (field: string) => string;
  readonly number: (field: string) => number;
  readonly bytes: (field: string) => Buffer;
  readonly uuid: string;
  /** Elements of an array; 1 unless told otherwise. */
  readonly count?: (field: string) => number;
  /** Whether a field that may be null is. */
  readonly isNull?: (field: string) => boolean;
}

const PLAIN: Filling = {
  text: (field) => `a-${field}`,
  number: () => 3,
  bytes: (field) => Buffer.from(`bytes of ${field}`),
  uuid: 'AAAAAAAAAAAAAAAAAAAAAQ',
};

export function fullDraft(message: AnyMessage, version: number, filling: Filling = PLAIN): Struct {
  return struct(message.fields, version, message.isFlexible(version), filling);
}

/** Every field at its default; arrays empty. */
export function bareDraft(message: AnyMessage, version: number): Struct {
  const flexible = message.isFlexible(version);
  const draft: Struct = {};
  for (const { name, spec } of message.fields)
    if (placeOf(spec, version, flexible) !== 'absent') draft[name] = bareValue(spec, version);
  return draft;
}

function bareValue(spec: FieldSpec, version: number): unknown {
  const value = defaultOf(spec);
  return value === null && !isNullable(spec, version) ? valueOf(spec.type, '', version, false, PLAIN) : value;
}

function struct(fields: readonly NamedField[], version: number, flexible: boolean, filling: Filling): Struct {
  const made: Struct = {};
  for (const { name, spec } of fields)
    if (placeOf(spec, version, flexible) !== 'absent')
      made[name] =
        isNullable(spec, version) && filling.isNull?.(name) === true
          ? null
          : valueOf(spec.type, name, version, flexible, filling);
  return made;
}

function valueOf(
  type: FieldType,
  field: string,
  version: number,
  flexible: boolean,
  filling: Filling,
): unknown {
  switch (type.kind) {
    case 'string':
      return filling.text(field);
    case 'boolean':
      return filling.number(field) !== 0;
    case 'uuid':
      return filling.uuid;
    case 'bytes':
    case 'records':
      return filling.bytes(field);
    case 'array':
      return Array.from({ length: filling.count?.(field) ?? 1 }, () =>
        valueOf(type.element, field, version, flexible, filling),
      );
    case 'struct':
      return struct(type.fields, version, flexible, filling);
    default:
      return filling.number(field);
  }
}

/** Each version of an API that is declared. */
export function versionsOf({ minVersion, maxVersion }: AnyMessage): number[] {
  return Array.from({ length: maxVersion - minVersion + 1 }, (_, at) => minVersion + at);
}
