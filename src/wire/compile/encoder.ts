/** Source of encoders: values first, with defaults where the draft is silent, then straight-line writes. */
import { assert } from '../../base/assert.js';
import { fixedBytes } from '../least-bytes.js';
import { defaultOf, type FieldSpec, type FieldType, type NamedField, placeOf } from '../schema.js';
import { at, defaultLiteral, type Group, sizeOf, Source } from './source.js';

/** Makes the source of one encoder. */
export class Encoder extends Source {
  /** The writer that the code being emitted writes to: the message's, or a tagged field's own. */
  private writer = 'w';

  body(fields: readonly NamedField[]): string {
    this.struct(fields, 'd');
    return this.text();
  }

  private struct(fields: readonly NamedField[], draft: string): void {
    for (const { name, spec } of fields) {
      if (spec.ignorable || placeOf(spec, this.version, this.flexible) !== 'absent') continue;
      this.line(`if (${differsFromDefault(`${draft}.${name}`, spec)}) absent('${name}');`);
    }
    const groups = this.groups(this.inline(fields));
    for (const group of groups.slice(0, -1)) this.group(group, draft);
    const last = groups.at(-1);
    if (this.flexible) this.endWithTags(last, this.tagged(fields), draft);
    else if (last !== undefined) this.group(last, draft);
  }

  private group({ fields, bytes }: Group, draft: string): void {
    if (bytes !== undefined) {
      this.run(fields, `${bytes}`, draft);
      return;
    }
    for (const field of fields) {
      const value = this.draftValue(draft, field);
      this.value(field.spec.type, this.isNullable(field.spec), value, field.name);
    }
  }

  /**
   * Emits a run that makes room for `bytes`, an expression, and returns the names of its position and view.
   */
  private run(fields: readonly NamedField[], bytes: string, draft: string): { p: string; v: string } {
    const values = fields.map((field) => this.draftValue(draft, field));
    const p = this.name('p');
    const v = this.name('v');
    this.line(`const ${p} = ${this.writer}.reserve(${bytes}), ${v} = ${this.writer}.view;`);
    let offset = 0;
    for (const [index, { spec }] of fields.entries()) {
      this.line(`${writeFixed(spec.type, this.writer, v, at(p, offset), values[index] as string)};`);
      offset += sizeOf(spec.type);
    }
    return { p, v };
  }

  /** Returns a name for a field of the draft, or for its default where it was left out. */
  private draftValue(draft: string, { name, spec }: NamedField): string {
    const value = this.name(name);
    if (!spec.optional) {
      this.line(`const ${value} = ${draft}.${name};`);
      return value;
    }
    // Read once: a conditional that reads the property in its test and again in its value is measurably
    // slower.
    this.line(`let ${value} = ${draft}.${name};`);
    this.line(`if (${value} === undefined) ${value} = ${defaultLiteral(spec)};`);
    return value;
  }

  /**
   * Emits the end of a struct: its last fields, then its tag section. Almost every section is empty, one zero
   * byte; where it follows a run it shares the run's bounds check.
   */
  private endWithTags(last: Group | undefined, tagged: readonly NamedField[], draft: string): void {
    const given = tagged.map((field) => ({ field, name: this.name('given') }));
    for (const { field, name } of given) {
      this.line(`const ${name} = ${differsFromDefault(`${draft}.${field.name}`, field.spec)};`);
    }
    const bare = this.name('bare');
    const conditions = [`${draft}.unknownTags === undefined`, ...given.map(({ name }) => `!${name}`)];
    this.line(`const ${bare} = ${conditions.join(' && ')};`);
    if (last?.bytes !== undefined) {
      const { p, v } = this.run(last.fields, `${bare} ? ${last.bytes + 1} : ${last.bytes}`, draft);
      this.line(`if (${bare}) ${v}.setInt8(${p} + ${last.bytes}, 0);`);
    } else {
      if (last !== undefined) this.group(last, draft);
      this.line(`if (${bare}) ${this.writer}.int8(0);`);
    }
    if (given.length === 0) {
      this.line(`else writeUnknownTags(${this.writer}, ${draft}.unknownTags);`);
      return;
    }
    this.block('else {', () => {
      const section = this.name('section');
      this.line(`const ${section} = new TagSection();`);
      for (const { field, name } of given) {
        this.block(`if (${name}) {`, () => this.tag(field, section, draft));
      }
      this.line(`${section}.unknown(${draft}.unknownTags);`);
      this.line(`${section}.writeTo(${this.writer});`);
    });
  }

  /** Emits what writes one value, given by its name. `label` is the field's, for errors. */
  private value(type: FieldType, nullable: boolean, value: string, label: string): void {
    if (fixedBytes(type.kind) !== undefined) {
      const p = this.name('p');
      const v = this.name('v');
      this.line(`const ${p} = ${this.writer}.reserve(${sizeOf(type)}), ${v} = ${this.writer}.view;`);
      this.line(`${writeFixed(type, this.writer, v, p, value)};`);
      return;
    }
    this.line(
      `if (${value} ${nullable ? '===' : '=='} ${nullable ? 'undefined' : 'null'}) missing('${label}');`,
    );
    if (type.kind === 'array') this.array(type.element, nullable, value, label);
    else if (type.kind === 'struct') this.structValue(type.fields, nullable, value);
    else {
      this.line(
        `${this.writer}.${this.method(type.kind === 'string' ? 'String' : 'Bytes', nullable)}(${value});`,
      );
    }
  }

  private structValue(fields: readonly NamedField[], nullable: boolean, value: string): void {
    if (!nullable) {
      this.struct(fields, value);
      return;
    }
    this.line(`if (${value} === null) ${this.writer}.int8(-1);`);
    this.block('else {', () => {
      this.line(`${this.writer}.int8(1);`);
      this.struct(fields, value);
    });
  }

  private array(element: FieldType, nullable: boolean, value: string, label: string): void {
    const count = this.flexible
      ? (length: string): string => `${this.writer}.uvarint(${length} + 1);`
      : (length: string): string => `${this.writer}.int32(${length});`;
    if (!nullable) {
      this.line(count(`${value}.length`));
      this.elements(element, value, label);
      return;
    }
    this.line(`if (${value} === null) ${count('-1')}`);
    this.block('else {', () => {
      this.line(count(`${value}.length`));
      this.elements(element, value, label);
    });
  }

  private elements(element: FieldType, value: string, label: string): void {
    const index = this.name('i');
    const size = fixedBytes(element.kind);
    if (size === undefined) {
      this.block(`for (let ${index} = 0; ${index} < ${value}.length; ${index}++) {`, () => {
        const item = this.name(label);
        this.line(`const ${item} = ${value}[${index}];`);
        this.value(element, false, item, label);
      });
      return;
    }
    const p = this.name('p');
    const v = this.name('v');
    this.line(`const ${p} = ${this.writer}.reserve(${value}.length * ${size}), ${v} = ${this.writer}.view;`);
    const write = writeFixed(element, this.writer, v, `${p} + ${index} * ${size}`, `${value}[${index}]`);
    this.line(`for (let ${index} = 0; ${index} < ${value}.length; ${index}++) ${write};`);
  }

  private tag(field: NamedField, section: string, draft: string): void {
    const outer = this.writer;
    this.writer = this.name('w');
    this.line(`const ${this.writer} = ${section}.field(${field.spec.tag});`);
    const value = this.name(field.name);
    this.line(`const ${value} = ${draft}.${field.name};`);
    this.value(field.spec.type, this.isNullable(field.spec), value, field.name);
    this.writer = outer;
  }
}

function writeFixed(type: FieldType, writer: string, view: string, position: string, value: string): string {
  switch (type.kind) {
    case 'int8':
      return `${view}.setInt8(${position}, int8(${value}))`;
    case 'int16':
      return `${view}.setInt16(${position}, int16(${value}))`;
    case 'uint16':
      return `${view}.setUint16(${position}, uint16(${value}))`;
    case 'int32':
      return `${view}.setInt32(${position}, int32(${value}))`;
    case 'int64':
      return `int64(${view}, ${position}, ${value})`;
    case 'float64':
      return `${view}.setFloat64(${position}, float64(${value}))`;
    case 'boolean':
      return `${view}.setInt8(${position}, boolean(${value}))`;
    default:
      assert(type.kind === 'uuid', `a ${type.kind} has a fixed size`);
      return `${writer}.uuidAt(${position}, ${value})`;
  }
}

/** A condition: the draft says something about this field that its default does not. */
function differsFromDefault(access: string, spec: FieldSpec): string {
  const given = `${access} !== undefined`;
  const { type } = spec;
  if (defaultOf(spec) === null) return `(${given} && ${access} !== null)`;
  if (type.kind === 'bytes' || type.kind === 'records' || type.kind === 'array') {
    return `(${given} && (${access} === null || ${access}.length !== 0))`;
  }
  if (type.kind === 'struct') {
    const inside = type.fields.map((field) => differsFromDefault(`${access}.${field.name}`, field.spec));
    return `(${given} && (${[`${access} === null`, `${access}.unknownTags !== undefined`, ...inside].join(' || ')}))`;
  }
  return `(${given} && ${access} !== ${defaultLiteral(spec)})`;
}
