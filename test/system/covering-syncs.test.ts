/** The judge of the strace suite, on traces written by hand: it must see each way of answering too early. */
import { describe, expect, test } from 'vitest';
import { type Acknowledged, coveringSyncs } from './parts/covering-syncs.js';
import { parseTrace } from './parts/system-calls.js';

const hex = (text: string | Buffer): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
const SEGMENT = `7<${hex('/data/orders-0/00000000000000000000.log')}>`;
const OTHER = `8<${hex('/data/orders-1/00000000000000000000.log')}>`;
const JOURNAL = `9<${hex('/data/redo-journal.0')}>`;
const SOCKET = '20<TCP:[127.0.0.1:9092->127.0.0.1:40000]>';
const ANSWER = Buffer.from('0000000400000063', 'hex');

const write = `11 12:00:00.000001 pwritev(${SEGMENT}, [{iov_base="${hex('..MARK..')}", iov_len=8}], 1, 0) = 8`;
const writeOther = `11 12:00:00.000001 pwrite64(${OTHER}, "${hex('..MARK..')}", 8, 0) = 8`;
const writeJournal = `11 12:00:00.000002 pwrite64(${JOURNAL}, "${hex('head MARK')}", 9, 0) = 9`;
const sync = `12 12:00:00.000003 fdatasync(${SEGMENT}) = 0`;
const failed = `12 12:00:00.000003 fdatasync(${SEGMENT}) = -1 EIO (Input/output error)`;
const syncBegun = `12 12:00:00.000003 fdatasync(${SEGMENT} <unfinished ...>`;
const syncReturned = `12 12:00:00.000005 <... fdatasync resumed>) = 0`;
const syncOther = `12 12:00:00.000003 fdatasync(${OTHER}) = 0`;
const syncJournal = `12 12:00:00.000003 fdatasync(${JOURNAL}) = 0`;
const answer = `10 12:00:00.000009 writev(${SOCKET}, [{iov_base="${hex(ANSWER)}", iov_len=8}], 1) = 8`;
const halfAnswer = `10 12:00:00.000009 write(${SOCKET}, "${hex(ANSWER.subarray(0, 5))}", 8) = 5`;
const restOfAnswer = `10 12:00:00.000010 write(${SOCKET}, "${hex(ANSWER.subarray(5))}", 3) = 3`;

const ACKNOWLEDGED: readonly Acknowledged[] = [
  { correlationId: 0x63, batches: [{ partition: 'orders-0', marker: Buffer.from('MARK') }] },
];

describe('an answer is', () => {
  test.each([
    ['covered by the segment', [write, sync, answer], 'segment'],
    ['covered by a sync that took its time', [write, syncBegun, syncReturned, answer], 'segment'],
    ['covered by the journal', [write, writeJournal, syncJournal, answer], 'journal'],
    ['covered, and left in two pieces', [write, sync, halfAnswer, restOfAnswer], 'segment'],
    ['not covered without a sync', [write, answer], 'uncovered'],
    ['not covered by a sync after it', [write, answer, sync], 'uncovered'],
    ['not covered by a sync that returned after it', [write, syncBegun, answer, syncReturned], 'uncovered'],
    [
      'not covered by a sync that began before the write',
      [syncBegun, write, syncReturned, answer],
      'uncovered',
    ],
    ['not covered by a sync that failed', [write, failed, answer], 'uncovered'],
    ['not covered by a sync of another file', [write, writeOther, syncOther, answer], 'uncovered'],
    ['not covered by a journal that does not have it', [write, syncJournal, answer], 'uncovered'],
    ['not covered when its first byte left too early', [write, halfAnswer, sync, restOfAnswer], 'uncovered'],
  ])('%s', (_, lines, expected) => {
    const { bySegment, byJournal, uncovered } = coveringSyncs(
      parseTrace(lines.join('\n')),
      40_000,
      ACKNOWLEDGED,
    );
    expect({ bySegment, byJournal, uncovered: uncovered.length }).toEqual({
      bySegment: expected === 'segment' ? 1 : 0,
      byJournal: expected === 'journal' ? 1 : 0,
      uncovered: expected === 'uncovered' ? 1 : 0,
    });
  });
});

test('a call of a kind that the judge does not know is no silence', () => {
  expect(() =>
    parseTrace('11 12:00:00.000001 io_uring_enter(5<anon_inode:[io_uring]>, 1, 0, 0, NULL, 8) = 1'),
  ).toThrow('io_uring_enter is used');
});
