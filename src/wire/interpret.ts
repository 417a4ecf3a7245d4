/**
 * The same schema, walked field by field at run time: slow, simple, and written without a look at compile.ts,
 * so that a property test can hold the generated codecs to it. Not used in production.
 */
import { unreachable } from '../base/assert.js';
import { absent, assertVersion, type Codec, missing, namingErrors } from './codec.js';
import { leastElementBytes } from './least-bytes.js';
import type { Reader } from './reader.js';
import {
  defaultOf,
  type FieldSpec,
  type FieldType,
  type Message,
  type NamedField,
  type UnknownTag,
} from './schema.js';
import { TagSection } from './tags.js';
import { includesVersion } from './versions.js';
import type { Writer } from './writer.js';

type Struct = Record<string, unknown>;

export function interpret<T, D>(message: Message<T, D>, version: number): Codec<T, D> {
  assertVersion(message, version);
  const walk = new Walk(version, message.isFlexible(version));
  return namingErrors(message, version, {
    encode: (writer, draft) => walk.writeStruct(writer, message.fields, draft as Struct),
    decode: (reader) => walk.readStruct(reader, message.fields) as T,
  });
}

class Walk {
  private readonly version: number;
  private readonly flexible: boolean;

  constructor(version: number, flexible: boolean) {
    this.version = version;
    this.flexible = flexible;
  }

  readStruct(reader: Reader, fields: readonly NamedField[]): Struct {
    const struct: Struct = {};
    for (const { name, spec } of fields) {
      struct[name] = this.isInline(spec)
        ? this.read(reader, spec.type, this.mayBeNull(spec))
        : defaultOf(spec);
    }
    if (!this.flexible) return struct;
    const unknownTags: UnknownTag[] = [];
    let previous = -1;
    for (let left = reader.tagCount(); left > 0; left--) {
      const tag = reader.tag(previous);
      previous = tag;
      const outer = reader.enter();
      const field = fields.find(({ spec }) => spec.tag === tag && this.isTagged(spec));
      if (field === undefined) reader.unknownTag(unknownTags, tag);
      else struct[field.name] = this.read(reader, field.spec.type, this.mayBeNull(field.spec));
      reader.leave(outer);
    }
    if (unknownTags.length > 0) struct['unknownTags'] = unknownTags;
    return struct;
  }

  writeStruct(writer: Writer, fields: readonly NamedField[], draft: Struct): void {
    for (const { name, spec } of fields) {
      const isThere = this.isInline(spec) || this.isTagged(spec);
      if (!isThere && !spec.ignorable && !isDefault(spec, draft[name])) absent(name);
    }
    for (const { name, spec } of fields) {
      if (this.isInline(spec)) this.writeField(writer, name, spec, draft[name]);
    }
    if (!this.flexible) return;
    const section = new TagSection();
    for (const { name, spec } of fields) {
      if (this.isTagged(spec) && !isDefault(spec, draft[name])) {
        this.writeField(section.field(spec.tag as number), name, spec, draft[name]);
      }
    }
    section.unknown(draft['unknownTags'] as readonly UnknownTag[] | undefined);
    section.writeTo(writer);
  }

  private writeField(writer: Writer, name: string, spec: FieldSpec, drafted: unknown): void {
    const value = drafted === undefined && spec.optional ? defaultOf(spec) : drafted;
    if (value === undefined || (value === null && !this.mayBeNull(spec))) missing(name);
    this.write(writer, spec.type, this.mayBeNull(spec), value, name);
  }

  private isInline(spec: FieldSpec): boolean {
    return includesVersion(spec.versions, this.version) && !this.standsInTags(spec);
  }

  private isTagged(spec: FieldSpec): boolean {
    return includesVersion(spec.versions, this.version) && this.standsInTags(spec) && this.flexible;
  }

  private standsInTags(spec: FieldSpec): boolean {
    return spec.taggedVersions !== undefined && includesVersion(spec.taggedVersions, this.version);
  }

  private mayBeNull(spec: FieldSpec): boolean {
    return spec.nullableVersions !== undefined && includesVersion(spec.nullableVersions, this.version);
  }

  private read(reader: Reader, type: FieldType, nullable: boolean): unknown {
    switch (type.kind) {
      case 'int8':
      case 'int16':
      case 'uint16':
      case 'int32':
      case 'int64':
      case 'float64':
      case 'boolean':
      case 'uuid':
        return reader[type.kind]();
      case 'string':
        if (nullable) return this.flexible ? reader.compactNullableString() : reader.nullableString();
        return this.flexible ? reader.compactString() : reader.string();
      case 'bytes':
      case 'records':
        if (nullable) return this.flexible ? reader.compactNullableBytes() : reader.nullableBytes();
        return this.flexible ? reader.compactBytes() : reader.bytes();
      case 'array':
        return this.readArray(reader, type.element, nullable);
      case 'struct':
        return nullable && !reader.present() ? null : this.readStruct(reader, type.fields);
      default:
        return unreachable(type, 'field type');
    }
  }

  private readArray(reader: Reader, element: FieldType, nullable: boolean): unknown[] | null {
    const least = leastElementBytes(element, this.version, this.flexible);
    let count: number;
    if (nullable) count = this.flexible ? reader.compactNullableCount(least) : reader.nullableCount(least);
    else count = this.flexible ? reader.compactCount(least) : reader.count(least);
    if (count < 0) return null;
    const elements: unknown[] = [];
    while (elements.length < count) elements.push(this.read(reader, element, false));
    return elements;
  }

  private write(writer: Writer, type: FieldType, nullable: boolean, value: unknown, label: string): void {
    switch (type.kind) {
      case 'int8':
      case 'int16':
      case 'uint16':
      case 'int32':
      case 'int64':
      case 'float64':
        writer[type.kind](value as number);
        return;
      case 'boolean':
        writer.boolean(value as boolean);
        return;
      case 'uuid':
        writer.uuid(value as string);
        return;
      case 'string':
        if (this.flexible) writer.compactNullableString(value as string | null);
        else writer.nullableString(value as string | null);
        return;
      case 'bytes':
      case 'records':
        if (this.flexible) writer.compactNullableBytes(value as Uint8Array | null);
        else writer.nullableBytes(value as Uint8Array | null);
        return;
      case 'array':
        this.writeArray(writer, type.element, value as readonly unknown[] | null, label);
        return;
      case 'struct':
        if (nullable) writer.int8(value === null ? -1 : 1);
        if (value !== null) this.writeStruct(writer, type.fields, value as Struct);
        return;
      default:
        unreachable(type, 'field type');
    }
  }

  private writeArray(
    writer: Writer,
    element: FieldType,
    elements: readonly unknown[] | null,
    label: string,
  ): void {
    const count = elements === null ? -1 : elements.length;
    if (this.flexible) writer.uvarint(count + 1);
    else writer.int32(count);
    for (const value of elements ?? []) {
      if (value === undefined || value === null) missing(label);
      this.write(writer, element, false, value, label);
    }
  }
}

function isDefault(spec: FieldSpec, value: unknown): boolean {
  if (value === undefined) return true;
  const usual = defaultOf(spec);
  if (usual === null || value === null) return value === usual;
  switch (spec.type.kind) {
    case 'bytes':
    case 'records':
    case 'array':
      return (value as { readonly length: number }).length === 0;
    case 'struct': {
      const struct = value as Struct;
      if (struct['unknownTags'] !== undefined) return false;
      return spec.type.fields.every((field) => isDefault(field.spec, struct[field.name]));
    }
    default:
      return value === usual;
  }
}
