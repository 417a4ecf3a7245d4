/**
 * The language in which the wire is declared. A message is an object of fields in wire order; each field says
 * its type, the versions that have it, and what stands in for it where it is absent. From one declaration
 * come the TypeScript types (`Infer` what is decoded, `DraftOf` what may be encoded), the generated codecs
 * (compile.ts) and the interpreter they are tested against (interpret.ts).
 *
 *     export const Heartbeat = api('Heartbeat', { key: 12, versions: '0-4', flexible: 4 }, {
 *       request: { groupId: string, generationId: int32, memberId: string,
 *                  groupInstanceId: string.nullable('3+').in('3+').default(null) },
 *       response: { throttleTimeMs: int32.in('1+').ignorable(), errorCode: int16 },
 *     });
 *
 * Names, versions, tags and defaults are Kafka's; a test compares them with Kafka's own definitions.
 */
import { assert } from '../base/assert.js';
import { NO_UUID, type Uuid } from '../base/ids.js';
import { EVERY_VERSION, includesVersion, parseVersions, type VersionRange } from './versions.js';

export type PrimitiveKind =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint16'
  | 'float64'
  | 'boolean'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records';

export type FieldType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'array'; readonly element: FieldType }
  | { readonly kind: 'struct'; readonly fields: readonly NamedField[] };

/** What a field is at run time. All of it is data: the compiler, the interpreter and the tests read it. */
export interface FieldSpec {
  readonly type: FieldType;
  readonly versions: VersionRange;
  /** Where null is legal; undefined: nowhere. */
  readonly nullableVersions: VersionRange | undefined;
  /** undefined: the type's own default (`defaultOf`). */
  readonly explicitDefault: unknown;
  readonly tag: number | undefined;
  /** Where the field stands in the tag section; undefined for untagged fields. */
  readonly taggedVersions: VersionRange | undefined;
  /** A value that a version cannot carry is dropped silently rather than refused. */
  readonly ignorable: boolean;
  /** May be left out of a draft. */
  readonly optional: boolean;
}

export interface NamedField {
  readonly name: string;
  readonly spec: FieldSpec;
}

/**
 * A tagged field that the declaration does not know, kept so that what is decoded can be encoded unchanged.
 */
export interface UnknownTag {
  readonly tag: number;
  readonly data: Uint8Array;
}

/** `T` is decoded, `D` is accepted in a draft, `O` says whether a draft may leave the field out. */
export class Field<T, D = T, O extends boolean = boolean> {
  /** Never there at run time: it only carries the types. */
  declare readonly types: { readonly decoded: T; readonly draft: D; readonly optional: O };
  readonly spec: FieldSpec;

  constructor(spec: FieldSpec) {
    this.spec = spec;
  }

  /** Null is legal in these versions. The default stays the type's own unless it is set to null. */
  nullable(versions = '0+'): Field<T | null, D | null, true> {
    return new Field({ ...this.spec, nullableVersions: parseVersions(versions), optional: true });
  }

  /** The versions that have the field; elsewhere it decodes to its default. */
  in(versions: string): Field<T, D, true> {
    return new Field({ ...this.spec, versions: parseVersions(versions), optional: true });
  }

  default(value: D): Field<T, D, true> {
    return new Field({ ...this.spec, explicitDefault: value, optional: true });
  }

  /** Moves the field to the tag section: in all its versions, or in those given. */
  tag(number: number, versions?: string): Field<T, D, true> {
    const taggedVersions = versions === undefined ? EVERY_VERSION : parseVersions(versions);
    return new Field({ ...this.spec, tag: number, taggedVersions, optional: true });
  }

  ignorable(): Field<T, D, O> {
    return new Field({ ...this.spec, ignorable: true });
  }

  /** Narrows the type, as in `int64.as<Offset>()`. */
  as<U extends T>(): Field<U, U, O> {
    return new Field(this.spec);
  }
}

export type AnyField = Field<unknown, unknown>;
export type Fields = { readonly [name: string]: AnyField };

type Flatten<T> = { [K in keyof T]: T[K] };

/** A struct as decoded: every field is there. */
export type DecodedFields<F extends Fields> = Flatten<
  { -readonly [K in keyof F]: F[K]['types']['decoded'] } & { unknownTags?: readonly UnknownTag[] }
>;

/** A struct as drafted: what has a default may be left out. */
export type DraftFields<F extends Fields> = Flatten<
  {
    -readonly [K in keyof F as F[K]['types']['optional'] extends false ? K : never]: F[K]['types']['draft'];
  } & {
    -readonly [K in keyof F as F[K]['types']['optional'] extends false ? never : K]?:
      | F[K]['types']['draft']
      | undefined;
  } & { unknownTags?: readonly UnknownTag[] | undefined }
>;

type DecodedElement<E> = E extends Field<infer T, unknown> ? T : E extends Fields ? DecodedFields<E> : never;
type DraftElement<E> = E extends Field<unknown, infer D> ? D : E extends Fields ? DraftFields<E> : never;

function plain<T, D = T>(type: FieldType): Field<T, D, false> {
  return new Field<T, D, false>({
    type,
    versions: EVERY_VERSION,
    nullableVersions: undefined,
    explicitDefault: undefined,
    tag: undefined,
    taggedVersions: undefined,
    ignorable: false,
    optional: false,
  });
}

export const int8 = plain<number>({ kind: 'int8' });
export const int16 = plain<number>({ kind: 'int16' });
export const int32 = plain<number>({ kind: 'int32' });
/** A number: offsets, times and ids fit 2^53, and whatever does not is refused on both sides. */
export const int64 = plain<number>({ kind: 'int64' });
export const uint16 = plain<number>({ kind: 'uint16' });
export const float64 = plain<number>({ kind: 'float64' });
export const boolean = plain<boolean>({ kind: 'boolean' });
export const uuid = plain<Uuid>({ kind: 'uuid' });
/** At most 32,767 bytes of UTF-8, as in Kafka. */
export const string = plain<string>({ kind: 'string' });
/** Decodes to a view on the frame. */
export const bytes = plain<Buffer, Uint8Array>({ kind: 'bytes' });
/** As `bytes`; a draft may also be a list of slices, written one after the other as one field. */
export const records = plain<Buffer, Uint8Array | readonly Uint8Array[]>({ kind: 'records' });

export function array<const E extends AnyField | Fields>(
  of: E,
): Field<DecodedElement<E>[], readonly DraftElement<E>[], false> {
  if (!(of instanceof Field)) return plain({ kind: 'array', element: structType(of) });
  assert(
    !of.spec.optional && !of.spec.ignorable,
    'array elements have no versions, tags or nulls of their own',
  );
  return plain({ kind: 'array', element: of.spec.type });
}

export function struct<const F extends Fields>(fields: F): Field<DecodedFields<F>, DraftFields<F>, false> {
  return plain(structType(fields));
}

function structType(fields: Fields): FieldType {
  return { kind: 'struct', fields: namedFields(fields) };
}

function namedFields(fields: Fields): readonly NamedField[] {
  const tags = new Set<number>();
  return Object.entries(fields).map(([name, { spec }]) => {
    assert(/^[a-z][A-Za-z0-9]*$/.test(name), `a field is named in lower camel case, not '${name}'`);
    if (spec.tag !== undefined) {
      assert(!tags.has(spec.tag), `tag ${spec.tag} is used once, not again by '${name}'`);
      tags.add(spec.tag);
    }
    assert(
      typeof spec.explicitDefault !== 'object' || spec.explicitDefault === null,
      `a default is a scalar or null: lists, bytes and structs are empty of themselves, unlike '${name}'`,
    );
    assert(
      spec.explicitDefault !== null || spec.nullableVersions !== undefined,
      `only a nullable field has null as its default, unlike '${name}'`,
    );
    return { name, spec };
  });
}

/** One direction of an API, or a stored record. `T` is decoded, `D` is drafted. */
export class Message<T, D = T> {
  declare readonly types: { readonly decoded: T; readonly draft: D };
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** First version with compact lengths and tag sections; null: none has. */
  readonly flexible: number | null;
  readonly fields: readonly NamedField[];
  /** Codecs compiled so far, by version: filled by codec.ts, and nobody else's business. */
  readonly compiled = new Map<number, unknown>();

  constructor(name: string, versions: VersionRange, flexible: number | null, fields: Fields) {
    this.name = name;
    this.minVersion = versions.min;
    this.maxVersion = versions.max;
    this.flexible = flexible;
    this.fields = namedFields(fields);
  }

  isFlexible(version: number): boolean {
    return this.flexible !== null && version >= this.flexible;
  }
}

export type AnyMessage = Message<unknown, unknown>;
export type Infer<M extends AnyMessage> = M['types']['decoded'];
export type DraftOf<M extends AnyMessage> = M['types']['draft'];

export interface MessageOptions {
  /** As in `0-4`. */
  readonly versions: string;
  /** First flexible version, or null. */
  readonly flexible: number | null;
}

/**
 * A message that is no API's request or response: coordinator keys and values, consumer protocol metadata.
 */
export function message<const F extends Fields>(
  name: string,
  options: MessageOptions,
  fields: F,
): Message<DecodedFields<F>, DraftFields<F>> {
  return new Message(name, parseVersions(options.versions), options.flexible, fields);
}

export interface Api<Req extends AnyMessage = AnyMessage, Res extends AnyMessage = AnyMessage> {
  readonly name: string;
  readonly key: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  /**
   * What ApiVersions tells clients: `minVersion`, except where old clients need to see less than is served.
   */
  readonly advertisedMin: number;
  /** The newest version that our own clients ask with: `maxVersion`, except where a newer one asks for what they do not know. */
  readonly askedMax: number;
  readonly request: Req;
  readonly response: Res;
}

export interface ApiOptions extends MessageOptions {
  readonly key: number;
  /** Default: the first of `versions`. */
  readonly advertisedMin?: number;
  /** Default: the last of `versions`. */
  readonly askedMax?: number;
}

export function api<const Req extends Fields, const Res extends Fields>(
  name: string,
  options: ApiOptions,
  fields: { readonly request: Req; readonly response: Res },
): Api<Message<DecodedFields<Req>, DraftFields<Req>>, Message<DecodedFields<Res>, DraftFields<Res>>> {
  const request = message(`${name}Request`, options, fields.request);
  const response = message(`${name}Response`, options, fields.response);
  return {
    name,
    key: options.key,
    minVersion: request.minVersion,
    maxVersion: request.maxVersion,
    advertisedMin: options.advertisedMin ?? request.minVersion,
    askedMax: options.askedMax ?? request.maxVersion,
    request,
    response,
  };
}

/** The place of a field at a version: in line, in the tag section, or nowhere. */
export function placeOf(spec: FieldSpec, version: number, flexible: boolean): 'inline' | 'tagged' | 'absent' {
  if (!includesVersion(spec.versions, version)) return 'absent';
  if (spec.taggedVersions === undefined || !includesVersion(spec.taggedVersions, version)) return 'inline';
  return flexible ? 'tagged' : 'absent';
}

export function isNullable(spec: FieldSpec, version: number): boolean {
  return spec.nullableVersions !== undefined && includesVersion(spec.nullableVersions, version);
}

/**
 * The value of a field that is absent, and the one a tagged field is not written for. By Kafka's rules: 0,
 * '', false, no bytes, [], the zero uuid, a struct of defaults; null only where declared, or for nullable
 * records. Fresh at each call, since decoded objects are the caller's.
 */
export function defaultOf(spec: FieldSpec): unknown {
  if (spec.explicitDefault !== undefined) return spec.explicitDefault;
  if (spec.type.kind === 'records' && spec.nullableVersions !== undefined) return null;
  return typeDefault(spec.type);
}

function typeDefault(type: FieldType): unknown {
  switch (type.kind) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'uuid':
      return NO_UUID;
    case 'bytes':
    case 'records':
      return Buffer.alloc(0);
    case 'array':
      return [];
    case 'struct':
      return Object.fromEntries(type.fields.map(({ name, spec }) => [name, defaultOf(spec)]));
    default:
      return 0;
  }
}
