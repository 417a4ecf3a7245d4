import { describe, expect, test } from 'vitest';
import { encodePartitionMetadata } from '../../../../src/log/checkpoint.js';
import {
  encodeJournalHeader,
  encodeJournalRecord,
  type JournaledLog,
  journalRecordBytes,
  wholeBlocks,
} from '../../../../src/log/journal.js';
import type { JournalContent } from '../../../../src/log/journal-reader.js';
import { type FoundLog, planReplay, replayJournal } from '../../../../src/log/journal-replay.js';
import { crc32c } from '../../../../src/base/crc32c.js';
import type { Disk } from '../../../../src/ports/disk.js';
import { SILENT_LOGGER } from '../../../../src/ports/logger.js';
import { type DiskOperationRecord, LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { Prng } from '../../../../src/base/prng.js';
import { SEED } from './seed.js';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAg';
const A: JournaledLog = { directoryName: 'a-0', topicId: ID };
const B: JournaledLog = { directoryName: 'b-0', topicId: ID };

interface Said {
  readonly discards?: JournaledLog[];
  /** Log, segment, position, bytes. */
  readonly ranges?: [JournaledLog, number, number, number][];
}

function journal(...records: Said[]): JournalContent {
  return {
    generation: 1,
    untouched: false,
    lostBefore: null,
    records: records.map(({ discards = [], ranges = [] }, at) => ({
      position: 4096 * (at + 1),
      record: {
        discards,
        ranges: ranges.map(([log, segmentBaseOffset, position, bytes]) => ({
          log,
          segmentBaseOffset,
          position,
          bytes,
          at: 100,
        })),
        covered: Buffer.alloc(0),
        length: 200,
      },
    })),
  };
}

const found = (segments: Record<number, number>, topicId: string | null = ID): FoundLog => ({
  topicId,
  segments: new Map(Object.entries(segments).map(([base, size]) => [Number(base), size])),
});

describe('the plan', () => {
  const rows: {
    name: string;
    journals: JournalContent[];
    found: Record<string, FoundLog>;
    writes: string;
    skipped?: object;
  }[] = [
    { name: 'an empty journal', journals: [journal()], found: {}, writes: '' },
    {
      name: 'ranges one behind the other, over a file that has none of them',
      journals: [journal({ ranges: [[A, 0, 10, 5]] }, { ranges: [[A, 0, 15, 5]] })],
      found: { 'a-0': found({ 0: 10 }) },
      writes: 'a-0/0: 10+5 15+5',
    },
    {
      name: 'over a file that has them already: all the same',
      journals: [journal({ ranges: [[A, 0, 10, 5]] })],
      found: { 'a-0': found({ 0: 15 }) },
      writes: 'a-0/0: 10+5',
    },
    {
      name: 'several logs and segments',
      journals: [
        journal({
          ranges: [
            [A, 0, 10, 5],
            [B, 7, 0, 3],
            [A, 20, 0, 4],
          ],
        }),
      ],
      found: { 'a-0': found({ 0: 10, 20: 0 }), 'b-0': found({ 7: 0 }) },
      writes: 'a-0/0: 10+5; a-0/20: 0+4; b-0/7: 0+3',
    },
    {
      name: 'both files, in their order',
      journals: [journal({ ranges: [[A, 0, 0, 5]] }), journal({ ranges: [[A, 0, 5, 5]] })],
      found: { 'a-0': found({ 0: 0 }) },
      writes: 'a-0/0: 0+5 5+5',
    },
    {
      name: 'a discard ends what came before, and not what follows',
      journals: [
        journal(
          {
            ranges: [
              [A, 0, 0, 5],
              [B, 0, 0, 1],
            ],
          },
          { discards: [A], ranges: [[A, 0, 3, 4]] },
        ),
      ],
      found: { 'a-0': found({ 0: 3 }), 'b-0': found({ 0: 0 }) },
      writes: 'b-0/0: 0+1; a-0/0: 3+4',
      skipped: { discarded: 1 },
    },
    {
      name: 'a discard in the newer file ends ranges of the older',
      journals: [journal({ ranges: [[A, 0, 0, 5]] }), journal({ discards: [A] })],
      found: { 'a-0': found({ 0: 3 }) },
      writes: '',
      skipped: { discarded: 1 },
    },
    {
      name: 'a discard is of a topic id too',
      journals: [journal({ ranges: [[A, 0, 0, 5]] }, { discards: [{ ...A, topicId: OTHER_ID }] })],
      found: { 'a-0': found({ 0: 0 }) },
      writes: 'a-0/0: 0+5',
    },
    {
      name: 'a log that is gone',
      journals: [journal({ ranges: [[A, 0, 0, 5]] })],
      found: {},
      writes: '',
      skipped: { logGone: 1 },
    },
    {
      name: "a directory that is another topic's now",
      journals: [journal({ ranges: [[A, 0, 0, 5]] })],
      found: { 'a-0': found({ 0: 0 }, OTHER_ID) },
      writes: '',
      skipped: { otherTopic: 1 },
    },
    {
      name: 'a directory that says nothing of its topic',
      journals: [journal({ ranges: [[A, 0, 0, 5]] })],
      found: { 'a-0': found({ 0: 0 }, null) },
      writes: '',
      skipped: { otherTopic: 1 },
    },
    {
      name: 'a segment below another: deleted, it stays away',
      journals: [
        journal({
          ranges: [
            [A, 0, 0, 5],
            [A, 20, 0, 4],
          ],
        }),
      ],
      found: { 'a-0': found({ 20: 0 }) },
      writes: 'a-0/20: 0+4',
      skipped: { segmentGone: 1 },
    },
    {
      name: 'the newest segment, whose name was lost, is made again',
      journals: [
        journal({
          ranges: [
            [A, 20, 0, 4],
            [A, 20, 4, 2],
          ],
        }),
      ],
      found: { 'a-0': found({ 0: 30 }) },
      writes: 'a-0/20 made: 0+4 4+2',
    },
    {
      name: 'the only segment',
      journals: [journal({ ranges: [[A, 0, 0, 4]] })],
      found: { 'a-0': found({}) },
      writes: 'a-0/0 made: 0+4',
    },
    {
      name: 'bytes missing before a range: it is not written into the void',
      journals: [
        journal({
          ranges: [
            [A, 0, 10, 5],
            [B, 0, 1, 1],
          ],
        }),
      ],
      found: { 'a-0': found({ 0: 9 }), 'b-0': found({ 0: 1 }) },
      writes: 'b-0/0: 1+1',
      skipped: { gap: 1 },
    },
    {
      name: 'a gap that an earlier range closes is none',
      journals: [journal({ ranges: [[A, 0, 8, 2]] }, { ranges: [[A, 0, 10, 5]] })],
      found: { 'a-0': found({ 0: 8 }) },
      writes: 'a-0/0: 8+2 10+5',
    },
    {
      name: 'nothing can be made with a hole in front',
      journals: [journal({ ranges: [[A, 20, 5, 4]] })],
      found: { 'a-0': found({ 0: 30 }) },
      writes: '',
      skipped: { gap: 1 },
    },
  ];
  test.each(rows)('$name', ({ journals, found, writes, skipped = {} }) => {
    const plan = planReplay(journals, new Map(Object.entries(found)));
    const inWords = plan.files.map(
      ({ directoryName, segmentBaseOffset, create, writes }) =>
        `${directoryName}/${segmentBaseOffset}${create ? ' made' : ''}: ${writes.map(({ position, bytes }) => `${position}+${bytes}`).join(' ')}`,
    );
    expect(inWords.join('; ')).toBe(writes);
    expect(plan.skipped).toEqual({
      discarded: 0,
      logGone: 0,
      otherTopic: 0,
      segmentGone: 0,
      gap: 0,
      ...skipped,
    });
  });
});

const options = (disk: Disk) => ({ disk, logger: SILENT_LOGGER, directory: '/data' });

async function diskWithLog(): Promise<Disk> {
  const disk = memoryDisk();
  await disk.makeDir('/data/a-0');
  const metadata = await disk.open('/data/a-0/partition.metadata', { create: true });
  await metadata.write([encodePartitionMetadata(ID)], 0);
  return disk;
}

async function writeJournal(
  disk: Disk,
  name: string,
  generation: number,
  ...texts: [position: number, text: string][]
): Promise<void> {
  const file = await disk.open(`/data/${name}`, { create: true });
  await file.write([Buffer.alloc(128 * 1024)], 0);
  await file.write([encodeJournalHeader(generation)], 0);
  let at = 4096;
  for (const [sequence, [position, text]] of texts.entries()) {
    const range = { segmentBaseOffset: 0, position, parts: [Buffer.from(text)], bytes: text.length };
    const entries = [{ log: A, ranges: [range] }];
    const record = Buffer.alloc(wholeBlocks(journalRecordBytes([], entries)));
    at += encodeJournalRecord(record, { generation, sequence }, [], entries);
    await file.write([record], at - record.length);
  }
}

const logText = async (disk: Disk): Promise<string> =>
  (await disk.readFile('/data/a-0/00000000000000000000.log')).toString();

test('a directory without a journal', async () => {
  expect(await replayJournal(options(memoryDiskWithData()))).toMatchObject({
    records: 0,
    bytes: 0,
    damaged: [],
  });
});

function memoryDiskWithData(): Disk {
  const disk = memoryDisk();
  void disk.makeDir('/data');
  return disk;
}

test('the older file first, whatever their names, and once only', async () => {
  const disk = await diskWithLog();
  await writeJournal(disk, 'redo-journal.0', 8, [3, 'new'], [6, 'er']);
  await writeJournal(disk, 'redo-journal.1', 7, [0, 'older']);
  const report = await replayJournal(options(disk));
  expect(report).toMatchObject({ records: 3, bytes: 10, logs: new Set(['a-0']) });
  expect(await logText(disk)).toBe('oldnewer');
  // Empty now: what the log does next is not undone at the next start.
  const log = await disk.open('/data/a-0/00000000000000000000.log');
  await log.truncate(2);
  expect(await replayJournal(options(disk))).toMatchObject({ records: 0, bytes: 0 });
  expect(await logText(disk)).toBe('ol');
});

test('nothing is believed that a power loss could still take back', async () => {
  const operations: DiskOperationRecord[] = [];
  const disk = new LossyDisk({ operations });
  await disk.makeDir('/data/a-0');
  const metadata = await disk.open('/data/a-0/partition.metadata', { create: true });
  await metadata.write([encodePartitionMetadata(ID)], 0);
  await writeJournal(disk, 'redo-journal.0', 8, [0, 'text']);
  // The process that wrote this died before it synced any of it.
  const found = disk.kill(new Prng(SEED));
  operations.length = 0;
  await replayJournal(options(found));
  const order = operations.map(({ op, path }) => `${op} ${path}`);
  const at = (what: string): number => order.indexOf(what);
  expect(at('syncDir /data')).toBe(0);
  expect(at('sync /data/redo-journal.0')).toBeGreaterThan(0);
  expect(at('read /data/redo-journal.0')).toBeGreaterThan(at('sync /data/redo-journal.0'));
  // And the journal is emptied when the log is synced, its new segment's name too.
  const emptied = order.lastIndexOf('write /data/redo-journal.0');
  expect(at('sync /data/a-0/00000000000000000000.log')).toBeGreaterThan(0);
  expect(at('syncDir /data/a-0')).toBeGreaterThan(at('sync /data/a-0/00000000000000000000.log'));
  expect(emptied).toBeGreaterThan(at('syncDir /data/a-0'));
  expect(order.lastIndexOf('sync /data/redo-journal.0')).toBeGreaterThan(emptied);
});

test('a file that was never in service is removed', async () => {
  const disk = await diskWithLog();
  const file = await disk.open('/data/redo-journal.0', { create: true });
  await file.write([Buffer.alloc(8192)], 0);
  await replayJournal(options(disk));
  expect((await disk.list('/data')).map(({ name }) => name)).toEqual(['a-0']);
});

test('a journal of a newer version is refused, and left as it is', async () => {
  const disk = await diskWithLog();
  await writeJournal(disk, 'redo-journal.0', 8, [0, 'text']);
  const header = Buffer.alloc(24);
  header.write('MillRedo');
  header.writeUInt32BE(2, 8);
  header.writeUInt32BE(crc32c(header, 0, 20), 20);
  const file = await disk.open('/data/redo-journal.0');
  await file.write([header], 0);
  await expect(replayJournal(options(disk))).rejects.toMatchObject({ code: 'JOURNAL_NEWER' });
  expect((await disk.readFile('/data/redo-journal.0')).readUInt32BE(8)).toBe(2);
});

test('damage in the middle is reported', async () => {
  const disk = await diskWithLog();
  await writeJournal(disk, 'redo-journal.0', 8, [0, 'one'], [3, 'two'], [6, 'three']);
  const file = await disk.open('/data/redo-journal.0');
  await file.write([Buffer.from('x')], 2 * 4096 + 50);
  expect(await replayJournal(options(disk))).toMatchObject({ records: 1, damaged: ['/data/redo-journal.0'] });
  expect(await logText(disk)).toBe('one');
});
