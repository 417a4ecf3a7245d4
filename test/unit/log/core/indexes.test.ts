import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OffsetIndex } from '../../../../src/log/offset-index.js';
import { TimeIndex } from '../../../../src/log/time-index.js';
import { SEED } from './harness.js';

const rising = fc
  .uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 60 })
  .map((numbers) => numbers.sort((a, b) => a - b));

describe('offset index', () => {
  test('gives the last entry not above the offset, before and after its file', () => {
    fc.assert(
      fc.property(rising, fc.nat(2 ** 40), fc.nat(1_000_100), (relatives, base, wanted) => {
        const index = new OffsetIndex(base);
        for (const [at, relative] of relatives.entries()) index.append(base + relative, (at + 1) * 100);
        const below = relatives.filter((relative) => relative <= wanted).length;
        expect(index.lookup(base + wanted)).toBe(below * 100);
        const read = OffsetIndex.parse(index.encode(), base, relatives.length * 100 + 1);
        expect(read?.lookup(base + wanted)).toBe(below * 100);
        expect(read?.encode()).toEqual(index.encode());
      }),
      { seed: SEED },
    );
  });

  test('its bytes are Kafka’s', () => {
    const index = new OffsetIndex(1000);
    index.append(1005, 0x0102);
    index.append(1300, 0x010203);
    expect(index.encode().toString('hex')).toBe('00000005000001020000012c00010203');
  });

  test.each([
    ['cut in an entry', '0000000500000102000001', 0xffffff],
    ['zeros behind the entries', '00000005000001020000000000000000', 0xffffff],
    ['offsets that fall', '00000005000001020000000400010203', 0xffffff],
    ['positions that fall', '00000005000001020000000600000101', 0xffffff],
    ['an entry behind the end of the log', '0000000500000102', 0x0102],
    ['a negative offset', '8000000500000102', 0xffffff],
  ])('refuses %s', (_, hex, segmentBytes) => {
    expect(OffsetIndex.parse(Buffer.from(hex, 'hex'), 0, segmentBytes)).toBeNull();
  });

  test('never fails on other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const parsed = OffsetIndex.parse(Buffer.from(bytes), 7, 1 << 30);
        if (parsed !== null) expect(parsed.encode()).toEqual(Buffer.from(bytes));
      }),
      { seed: SEED },
    );
  });
});

describe('time index', () => {
  test('a search may start at its answer: nothing before is as new', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 0, max: 1001 }), (timestamps, wanted) => {
        const index = new TimeIndex(500);
        let newest = -1;
        for (const [at, timestamp] of timestamps.entries()) {
          newest = Math.max(newest, timestamp);
          if (at % 3 === 0) index.appendIfNewer(newest, 500 + timestamps.indexOf(newest));
        }
        const first = timestamps.findIndex((timestamp) => timestamp >= wanted);
        const floor = index.floorOffset(wanted) - 500;
        if (first >= 0) expect(floor).toBeLessThanOrEqual(first);
        const read = TimeIndex.parse(index.encode(), 500);
        expect(read?.floorOffset(wanted)).toBe(floor + 500);
        expect(read?.lastTimestamp).toBe(index.lastTimestamp);
      }),
      { seed: SEED },
    );
  });

  test('its bytes are Kafka’s', () => {
    const index = new TimeIndex(1000);
    index.appendIfNewer(1_700_000_000_123, 1005);
    index.appendIfNewer(1_700_000_000_123, 1007);
    expect(index.encode().toString('hex')).toBe('0000018bcfe5687b00000005');
  });

  test.each([
    ['cut in an entry', '0000018bcfe5687b000005'],
    ['times that do not rise', '0000018bcfe5687b000000050000018bcfe5687b00000006'],
    ['offsets that fall', '0000018bcfe5687b000000050000018bcfe5687c00000004'],
    ['a time beyond 2^53', '7fffffffffffffff00000005'],
  ])('refuses %s', (_, hex) => {
    expect(TimeIndex.parse(Buffer.from(hex, 'hex'), 0)).toBeNull();
  });
});
