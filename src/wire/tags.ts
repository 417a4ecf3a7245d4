/**
 * The tag section of a struct (KIP-482) that has something to say: tag, size and data, in ascending order of
 * tags. Sizes come before data, so each field is written to a buffer of its own first; sections that are not
 * empty are rare.
 */
import { WireError } from './reader.js';
import type { UnknownTag } from './schema.js';
import { Writer } from './writer.js';

export class TagSection {
  private readonly fields: { readonly tag: number; readonly data: Writer }[] = [];

  /** Opens a field; the writer returned takes its data. */
  field(tag: number): Writer {
    const data = new Writer(64);
    this.fields.push({ tag, data });
    return data;
  }

  /** Adds what was kept from decoding. */
  unknown(tags: readonly UnknownTag[] | undefined): void {
    if (tags === undefined) return;
    for (const { tag, data } of tags) this.field(tag).raw(data);
  }

  writeTo(writer: Writer): void {
    this.fields.sort((a, b) => a.tag - b.tag);
    writer.uvarint(this.fields.length);
    let previous = -1;
    for (const { tag, data } of this.fields) {
      if (tag === previous) throw new WireError(`tag ${tag} stands twice in a tag section`);
      previous = tag;
      writer.uvarint(tag);
      writer.uvarint(data.byteLength);
      writer.append(data);
    }
  }
}

/** The tag section of a struct that has no tags of its own. */
export function writeUnknownTags(writer: Writer, tags: readonly UnknownTag[]): void {
  const section = new TagSection();
  section.unknown(tags);
  section.writeTo(writer);
}
