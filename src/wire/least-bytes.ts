/**
 * The fewest bytes that a value can take at a version: what array counts are checked against before
 * allocating.
 */
import { assert } from '../base/assert.js';
import { type FieldType, isNullable, placeOf, type PrimitiveKind } from './schema.js';

/** Bytes of the kinds whose size never varies; undefined for the others. */
export function fixedBytes(kind: PrimitiveKind | 'array' | 'struct'): number | undefined {
  switch (kind) {
    case 'int8':
    case 'boolean':
      return 1;
    case 'int16':
    case 'uint16':
      return 2;
    case 'int32':
      return 4;
    case 'int64':
    case 'float64':
      return 8;
    case 'uuid':
      return 16;
    default:
      return undefined;
  }
}

export function leastElementBytes(element: FieldType, version: number, flexible: boolean): number {
  const least = leastBytes(element, version, flexible);
  // Elements without bytes would make any count plausible, and its array as large as the count says.
  assert(least > 0, 'an array element takes at least one byte in every version that has the array');
  return least;
}

function leastBytes(type: FieldType, version: number, flexible: boolean): number {
  switch (type.kind) {
    case 'string':
      return flexible ? 1 : 2;
    case 'bytes':
    case 'records':
    case 'array':
      return flexible ? 1 : 4;
    case 'struct': {
      let least = flexible ? 1 : 0;
      for (const { spec } of type.fields) {
        if (placeOf(spec, version, flexible) !== 'inline') continue;
        const absentStruct = spec.type.kind === 'struct' && isNullable(spec, version);
        least += absentStruct ? 1 : leastBytes(spec.type, version, flexible);
      }
      return least;
    }
    default:
      return fixedBytes(type.kind) ?? 0;
  }
}
