/**
 * What the makers of encoders and decoders share: lines, names, and what of a struct stands where at a
 * version.
 */
import { assert } from '../../base/assert.js';
import { fixedBytes } from '../least-bytes.js';
import {
  defaultOf,
  type FieldSpec,
  type FieldType,
  isNullable,
  type NamedField,
  placeOf,
} from '../schema.js';

/** Lines with indentation, and names that are never given twice. */
export class Source {
  protected readonly version: number;
  protected readonly flexible: boolean;
  private readonly lines: string[] = [];
  private depth = 0;
  private names = 0;

  constructor(version: number, flexible: boolean) {
    this.version = version;
    this.flexible = flexible;
  }

  protected line(text: string): void {
    this.lines.push('  '.repeat(this.depth) + text);
  }

  protected block(head: string, inside: () => void, tail = '}'): void {
    this.line(head);
    this.depth++;
    inside();
    this.depth--;
    this.line(tail);
  }

  protected name(stem: string): string {
    return `${stem}${++this.names}`;
  }

  protected text(): string {
    return this.lines.join('\n');
  }

  /** `compactNullableString` and its like: Reader and Writer call them the same. */
  protected method(base: string, nullable: boolean): string {
    const words = `${this.flexible ? 'Compact' : ''}${nullable ? 'Nullable' : ''}${base}`;
    return words.charAt(0).toLowerCase() + words.slice(1);
  }

  protected inline(fields: readonly NamedField[]): NamedField[] {
    return fields.filter(({ spec }) => placeOf(spec, this.version, this.flexible) === 'inline');
  }

  protected tagged(fields: readonly NamedField[]): NamedField[] {
    return fields.filter(({ spec }) => placeOf(spec, this.version, this.flexible) === 'tagged');
  }

  protected isNullable(spec: FieldSpec): boolean {
    return isNullable(spec, this.version);
  }

  /** Fields in order, with neighbours of fixed size taken together. */
  protected groups(fields: readonly NamedField[]): readonly Group[] {
    const groups: { fields: NamedField[]; bytes: number | undefined }[] = [];
    for (const field of fields) {
      const size = fixedBytes(field.spec.type.kind);
      const last = groups.at(-1);
      if (size !== undefined && last?.bytes !== undefined) {
        last.fields.push(field);
        last.bytes += size;
      } else {
        groups.push({ fields: [field], bytes: size });
      }
    }
    return groups;
  }
}

export interface Group {
  readonly fields: readonly NamedField[];
  /** Of a run of fields of fixed size; undefined for a field by itself whose size varies. */
  readonly bytes: number | undefined;
}

export function at(position: string, offset: number): string {
  return offset === 0 ? position : `${position} + ${offset}`;
}

export function sizeOf(type: FieldType): number {
  const size = fixedBytes(type.kind);
  assert(size !== undefined, `a ${type.kind} has no fixed size`);
  return size;
}

/** An expression for what stands in for an absent field; a fresh object each time it runs. */
export function defaultLiteral(spec: FieldSpec): string {
  const { type } = spec;
  const value = defaultOf(spec);
  if (value === null) return 'null';
  if (type.kind === 'bytes' || type.kind === 'records') return 'NO_BYTES';
  if (type.kind === 'array') return '[]';
  if (type.kind === 'struct') {
    return `{ ${type.fields.map((field) => `${field.name}: ${defaultLiteral(field.spec)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
}
