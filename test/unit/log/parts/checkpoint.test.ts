import { describe, expect, test } from 'vitest';
import { Prng } from '../../../../src/base/prng.js';
import {
  CLEAN_SHUTDOWN_MARKER,
  encodeCleanShutdown,
  encodeOffsetCheckpoint,
  encodePartitionMetadata,
  markCleanShutdown,
  parseOffsetCheckpoint,
  parsePartitionMetadata,
  readFileIfPresent,
  replaceFile,
  takeCleanShutdownMarker,
} from '../../../../src/log/checkpoint.js';
import { LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { SEED } from './seed.js';

const TOPIC_ID = 'B8L7fL2QQo-_mQ2vE0C3kA';

test('an offset checkpoint', () => {
  const entries = [
    { topic: 'orders', partition: 0, offset: 12 },
    { topic: '__consumer_offsets', partition: 49, offset: 9007199254740991 },
  ];
  const text = '0\n2\norders 0 12\n__consumer_offsets 49 9007199254740991\n';
  expect(encodeOffsetCheckpoint(entries).toString()).toBe(text);
  expect(parseOffsetCheckpoint(Buffer.from(text))).toEqual({ ok: true, value: entries });
});

test('an offset checkpoint of nothing', () => {
  expect(encodeOffsetCheckpoint([]).toString()).toBe('0\n0\n');
  expect(parseOffsetCheckpoint(Buffer.from('0\n0\n'))).toEqual({ ok: true, value: [] });
});

describe('an offset checkpoint that is none', () => {
  const rows = [
    { name: 'another version', text: '1\n0\n', reason: 'it has version 1; this program reads 0' },
    { name: 'no version', text: 'orders 0 12\n', reason: 'line 1 is "orders 0 12"' },
    { name: 'no count', text: '0\n', reason: 'line 2 is ""' },
    { name: 'a count that is none', text: '0\nx\n', reason: 'line 2 is "x"' },
    { name: 'too few entries', text: '0\n2\norders 0 12\n', reason: 'it should have 2 entries and has 1' },
    { name: 'too many entries', text: '0\n0\norders 0 12\n', reason: 'it should have 0 entries and has 1' },
    { name: 'a field too few', text: '0\n1\norders 0\n', reason: 'line 3 is "orders 0"' },
    { name: 'a field too many', text: '0\n1\norders 0 1 2\n', reason: 'line 3 is "orders 0 1 2"' },
    { name: 'a negative offset', text: '0\n1\norders 0 -1\n', reason: 'line 3 is "orders 0 -1"' },
    {
      name: 'an offset beyond 2^53',
      text: '0\n1\norders 0 9007199254740993\n',
      reason: 'line 3 is "orders 0 9007199254740993"',
    },
    {
      name: 'zeros, as after a lost write',
      text: '\0\0\0\0',
      reason: 'line 1 is "\\u0000\\u0000\\u0000\\u0000"',
    },
  ];
  test.each(rows)('$name', ({ text, reason }) => {
    expect(parseOffsetCheckpoint(Buffer.from(text))).toEqual({ ok: false, reason });
  });
});

test('an empty file has no entries, and blanks of any number part fields: Kafka leaves and reads such', () => {
  expect(parseOffsetCheckpoint(Buffer.alloc(0))).toEqual({ ok: true, value: [] });
  const entry = { topic: 'orders', partition: 0, offset: 12 };
  expect(parseOffsetCheckpoint(Buffer.from('0\n1\norders  0\t12'))).toEqual({ ok: true, value: [entry] });
});

test('partition.metadata', () => {
  const text = `version: 0\ntopic_id: ${TOPIC_ID}`;
  expect(encodePartitionMetadata(TOPIC_ID).toString()).toBe(text);
  expect(parsePartitionMetadata(Buffer.from(text))).toEqual({ ok: true, value: TOPIC_ID });
  expect(parsePartitionMetadata(Buffer.from(`${text}\n`))).toEqual({ ok: true, value: TOPIC_ID });
  const wrong = [
    ['', 'its version is missing; this program reads 0'],
    ['version: 7\ntopic_id: x', 'its version is 7; this program reads 0'],
    ['version: 0\n', 'its topic_id is missing'],
    ['version: 0\ntopic_id: short', 'its topic_id is short'],
  ];
  for (const [text = '', reason] of wrong) {
    expect(parsePartitionMetadata(Buffer.from(text))).toEqual({ ok: false, reason });
  }
});

test("the marker of a clean stop is Kafka's", () => {
  expect(encodeCleanShutdown().toString()).toBe('{"version":0,"brokerEpoch":-1}');
  expect(CLEAN_SHUTDOWN_MARKER).toBe('.kafka_cleanshutdown');
});

async function diskWithDirectory(): Promise<LossyDisk> {
  const disk = new LossyDisk({ prng: new Prng(SEED) });
  await disk.makeDir('/d');
  await disk.syncDir('/');
  return disk;
}

test('a replaced file survives any crash after the replacement, and a crash before leaves the old one', async () => {
  for (let seed = SEED; seed < SEED + 200; seed++) {
    const disk = await diskWithDirectory();
    await replaceFile(disk, '/d/f', Buffer.from('first, and longer'));
    const steps = seed % 12;
    let done = false;
    const second = replaceFile(disk, '/d/f', Buffer.from('second')).then(() => {
      done = true;
    });
    for (let step = 0; step < steps; step++) await Promise.resolve();
    if (steps === 11) await second;
    const replaced = done;
    const found = (await disk.crash(new Prng(seed)).readFile('/d/f')).toString();
    expect(replaced ? ['second'] : ['first, and longer', 'second'], `SEED=${seed}`).toContain(found);
  }
});

test('a temporary file left by a crash does not show through', async () => {
  const disk = await diskWithDirectory();
  const left = await disk.open('/d/f.tmp', { create: true });
  await left.write([Buffer.from('something longer than the next')], 0);
  await left.close();
  await replaceFile(disk, '/d/f', Buffer.from('short'));
  expect((await disk.readFile('/d/f')).toString()).toBe('short');
  expect(await readFileIfPresent(disk, '/d/f.tmp')).toBeNull();
});

test('the marker is taken once, and a crash does not bring it back', async () => {
  for (let seed = SEED; seed < SEED + 20; seed++) {
    const disk = await diskWithDirectory();
    expect(await takeCleanShutdownMarker(disk, '/d')).toBe(false);
    await markCleanShutdown(disk, '/d');
    const stopped = disk.crash(new Prng(seed));
    expect(await takeCleanShutdownMarker(stopped, '/d'), `SEED=${seed}`).toBe(true);
    expect(await takeCleanShutdownMarker(stopped.crash(new Prng(seed)), '/d'), `SEED=${seed}`).toBe(false);
  }
});
