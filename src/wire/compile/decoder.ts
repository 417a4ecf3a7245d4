/** Source of decoders: straight-line reads into constants, then one object literal with every field. */
import { assert } from '../../base/assert.js';
import { fixedBytes, leastElementBytes } from '../least-bytes.js';
import type { FieldType, NamedField } from '../schema.js';
import { at, defaultLiteral, sizeOf, Source } from './source.js';

/** Makes the source of one decoder. */
export class Decoder extends Source {
  body(fields: readonly NamedField[]): string {
    this.line(`const v = r.view;`);
    this.line(`return ${this.struct(fields, 'message')};`);
    return this.text();
  }

  /** Emits what reads a struct and returns the name of the constant that holds it. */
  private struct(fields: readonly NamedField[], stem: string): string {
    const values = new Map<string, string>();
    for (const group of this.groups(this.inline(fields))) {
      if (group.bytes !== undefined) this.run(group.fields, group.bytes, values);
      else {
        for (const { name, spec } of group.fields) {
          values.set(name, this.value(spec.type, this.isNullable(spec), name));
        }
      }
    }
    const unknown = this.flexible ? this.tags(this.tagged(fields), values) : undefined;
    const struct = this.name(stem);
    this.block(
      `const ${struct} = {`,
      () => {
        for (const { name, spec } of fields)
          this.line(`${name}: ${values.get(name) ?? defaultLiteral(spec)},`);
      },
      '};',
    );
    if (unknown !== undefined) this.line(`if (${unknown} !== undefined) ${struct}.unknownTags = ${unknown};`);
    return struct;
  }

  private run(fields: readonly NamedField[], bytes: number, values: Map<string, string>): void {
    const p = this.name('p');
    this.line(`const ${p} = r.take(${bytes});`);
    let offset = 0;
    for (const { name, spec } of fields) {
      const value = this.name(name);
      this.line(`const ${value} = ${readFixed(spec.type, at(p, offset))};`);
      values.set(name, value);
      offset += sizeOf(spec.type);
    }
  }

  /** Emits what reads one value of varying size and returns its name. */
  private value(type: FieldType, nullable: boolean, stem: string): string {
    if (type.kind === 'array') return this.array(type.element, nullable, stem);
    if (type.kind === 'struct')
      return nullable ? this.nullableStruct(type.fields, stem) : this.struct(type.fields, stem);
    const value = this.name(stem);
    if (fixedBytes(type.kind) !== undefined) {
      const p = this.name('p');
      this.line(`const ${p} = r.take(${sizeOf(type)});`);
      this.line(`const ${value} = ${readFixed(type, p)};`);
    } else {
      this.line(
        `const ${value} = r.${this.method(type.kind === 'string' ? 'String' : 'Bytes', nullable)}();`,
      );
    }
    return value;
  }

  private nullableStruct(fields: readonly NamedField[], stem: string): string {
    const value = this.name(stem);
    this.line(`let ${value} = null;`);
    this.block('if (r.present()) {', () => this.line(`${value} = ${this.struct(fields, stem)};`));
    return value;
  }

  private array(element: FieldType, nullable: boolean, stem: string): string {
    const count = this.name('n');
    const value = this.name(stem);
    const least = leastElementBytes(element, this.version, this.flexible);
    this.line(`const ${count} = r.${this.method('Count', nullable)}(${least});`);
    // Grows by what was read: a list as long as the count says would be room for elements that may not be
    // there.
    this.line(`const ${value} = ${nullable ? `${count} < 0 ? null : []` : '[]'};`);
    const index = this.name('i');
    const size = fixedBytes(element.kind);
    if (size === undefined) {
      this.block(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`, () => {
        this.line(`${value}.push(${this.value(element, false, stem)});`);
      });
      return value;
    }
    this.block(`if (${count} > 0) {`, () => {
      const p = this.name('p');
      this.line(`const ${p} = r.take(${count} * ${size});`);
      this.line(
        `for (let ${index} = 0; ${index} < ${count}; ${index}++) ${value}.push(${readFixed(element, `${p} + ${index} * ${size}`)});`,
      );
    });
    return value;
  }

  /**
   * Emits what reads the tag section, adds its fields to `values` and returns the name of the unknown rest.
   */
  private tags(fields: readonly NamedField[], values: Map<string, string>): string {
    const unknown = this.name('unknown');
    if (fields.length === 0) {
      this.line(`const ${unknown} = r.unknownTags();`);
      return unknown;
    }
    for (const { name, spec } of fields) {
      const value = this.name(name);
      values.set(name, value);
      this.line(`let ${value} = ${defaultLiteral(spec)};`);
    }
    const left = this.name('n');
    const tag = this.name('tag');
    const outer = this.name('outer');
    this.line(`let ${unknown};`);
    this.block(`for (let ${left} = r.tagCount(), ${tag} = -1; ${left} > 0; ${left}--) {`, () => {
      this.line(`${tag} = r.tag(${tag});`);
      this.line(`const ${outer} = r.enter();`);
      this.block(`switch (${tag}) {`, () => {
        for (const { name, spec } of fields) {
          this.block(`case ${spec.tag}: {`, () => {
            this.line(`${values.get(name)} = ${this.value(spec.type, this.isNullable(spec), name)};`);
            this.line('break;');
          });
        }
        this.line(`default: ${unknown} = r.unknownTag(${unknown}, ${tag});`);
      });
      this.line(`r.leave(${outer});`);
    });
    return unknown;
  }
}

function readFixed(type: FieldType, position: string): string {
  switch (type.kind) {
    case 'int8':
      return `v.getInt8(${position})`;
    case 'int16':
      return `v.getInt16(${position})`;
    case 'uint16':
      return `v.getUint16(${position})`;
    case 'int32':
      return `v.getInt32(${position})`;
    case 'int64':
      return `int64At(v, ${position})`;
    case 'float64':
      return `v.getFloat64(${position})`;
    case 'boolean':
      return `v.getInt8(${position}) !== 0`;
    default:
      assert(type.kind === 'uuid', `a ${type.kind} has a fixed size`);
      return `r.uuidAt(${position})`;
  }
}
