/**
 * Offsets as `kafka-consumer-groups` exports and imports them: a line `topic,partition,offset` for one group, or with the group in
 * front for several.
 */
import { INT32_MAX, type Offset, type PartitionIndex } from '../../../base/ids.js';
import { UserError } from '../../../base/errors.js';

export interface ListedOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
}

/**
 * The lines of this group, and those that name none.
 * @param name of the file, for messages
 * @throws UserError OFFSETS_FILE_INVALID
 */
export function parseOffsetsCsv(name: string, text: string, groupId: string): ListedOffset[] {
  const listed = new Map<string, ListedOffset>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const fields = line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
    const [group, topic = '', partition = '', offset = ''] =
      fields.length === 4 ? fields : [groupId, ...fields];
    const isNumber = (digits: string, max: number): boolean =>
      /^\d{1,16}$/.test(digits) && Number(digits) <= max;
    const sound = isNumber(partition, INT32_MAX) && isNumber(offset, Number.MAX_SAFE_INTEGER) && topic !== '';
    if (!sound || fields.length < 3 || fields.length > 4) {
      throw new UserError(
        'OFFSETS_FILE_INVALID',
        `${name}:${at + 1}: ${JSON.stringify(line.slice(0, 100))} is not topic,partition,offset`,
        'A line for each partition, as `millrace group reset-offsets … --export` prints them.',
      );
    }
    if (group !== groupId) continue;
    listed.set(`${topic}/${partition}`, { topic, partition: Number(partition), offset: Number(offset) });
  }
  if (listed.size > 0) return [...listed.values()];
  throw new UserError('OFFSETS_FILE_INVALID', `${name} names no offset of group ${groupId}`);
}

export function formatOffsetsCsv(offsets: readonly ListedOffset[]): string {
  return offsets.map(({ topic, partition, offset }) => `${topic},${partition},${offset}\n`).join('');
}
