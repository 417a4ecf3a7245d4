import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeEpochCheckpoint,
  type EpochStart,
  LeaderEpochs,
  parseEpochCheckpoint,
} from '../../../../src/log/epochs.js';
import { SEED } from './seed.js';

/** `2@5 4@9`: epoch 2 begins at 5, epoch 4 at 9. */
function starts(text: string): EpochStart[] {
  return text
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => each.split('@').map(Number))
    .map(([epoch = 0, startOffset = 0]) => ({ epoch, startOffset }));
}

function inWords(epochs: LeaderEpochs): string {
  return epochs
    .entries()
    .map(({ epoch, startOffset }) => `${epoch}@${startOffset}`)
    .join(' ');
}

describe('assign', () => {
  const rows = [
    { name: 'the first', before: '', epoch: 0, at: 0, after: '0@0', changed: true },
    { name: 'a later one', before: '2@5', epoch: 4, at: 9, after: '2@5 4@9', changed: true },
    {
      name: 'the newest again, later: it keeps its start',
      before: '2@5',
      epoch: 2,
      at: 9,
      after: '2@5',
      changed: false,
    },
    { name: 'the newest again, at its start', before: '2@5', epoch: 2, at: 5, after: '2@5', changed: false },
    {
      name: 'the newest again, earlier',
      before: '1@0 2@5',
      epoch: 2,
      at: 3,
      after: '1@0 2@3',
      changed: true,
    },
    {
      name: 'one that replaces an epoch that wrote nothing',
      before: '1@0 2@5',
      epoch: 3,
      at: 5,
      after: '1@0 3@5',
      changed: true,
    },
    {
      name: 'one that begins before others end',
      before: '1@0 2@5 3@8',
      epoch: 4,
      at: 5,
      after: '1@0 4@5',
      changed: true,
    },
    {
      name: 'an older epoch takes the place of newer ones',
      before: '1@0 3@5 4@8',
      epoch: 2,
      at: 9,
      after: '1@0 2@9',
      changed: true,
    },
    { name: 'one before all', before: '3@5 4@8', epoch: 1, at: 0, after: '1@0', changed: true },
  ];
  test.each(rows)('$name', ({ before, epoch, at, after, changed }) => {
    const epochs = new LeaderEpochs(starts(before));
    expect(epochs.assign(epoch, at)).toBe(changed);
    expect(inWords(epochs)).toBe(after);
  });
});

describe('endOffsetFor, in a log that ends at 20', () => {
  const rows = [
    { name: 'no epochs at all', known: '', asked: 0, answer: '-1 ends at -1' },
    { name: 'none asked for', known: '2@5', asked: -1, answer: '-1 ends at -1' },
    { name: 'the newest ends at the end of the log', known: '2@5 4@9', asked: 4, answer: '4 ends at 20' },
    { name: 'an older one ends where the next begins', known: '2@5 4@9', asked: 2, answer: '2 ends at 9' },
    { name: 'one between: the next older one', known: '2@5 4@9 7@12', asked: 5, answer: '4 ends at 12' },
    { name: 'one older than all: where those begin', known: '2@5 4@9', asked: 1, answer: '1 ends at 5' },
    { name: 'a newer one than all is unknown', known: '2@5 4@9', asked: 5, answer: '-1 ends at -1' },
  ];
  test.each(rows)('$name', ({ known, asked, answer }) => {
    const { epoch, endOffset } = new LeaderEpochs(starts(known)).endOffsetFor(asked, 20);
    expect(`${epoch} ends at ${endOffset}`).toBe(answer);
  });
});

describe('truncation', () => {
  const rows = [
    {
      name: 'from the end: nothing begins there',
      before: '1@0 2@5',
      cut: 'end',
      at: 7,
      after: '1@0 2@5',
      changed: false,
    },
    {
      name: 'from the end: the last begins there',
      before: '1@0 2@5',
      cut: 'end',
      at: 5,
      after: '1@0',
      changed: true,
    },
    { name: 'from the end: several', before: '1@0 2@5 3@8', cut: 'end', at: 3, after: '1@0', changed: true },
    { name: 'from the end: all', before: '1@0 2@5', cut: 'end', at: 0, after: '', changed: true },
    {
      name: 'from the start: nothing before it',
      before: '1@3 2@5',
      cut: 'start',
      at: 2,
      after: '1@3 2@5',
      changed: false,
    },
    {
      name: 'from the start: within the first',
      before: '1@0 2@5',
      cut: 'start',
      at: 3,
      after: '1@3 2@5',
      changed: true,
    },
    {
      name: 'from the start: where the first begins',
      before: '1@3 2@5',
      cut: 'start',
      at: 3,
      after: '1@3 2@5',
      changed: false,
    },
    {
      name: 'from the start: where the second begins',
      before: '1@0 2@5',
      cut: 'start',
      at: 5,
      after: '2@5',
      changed: true,
    },
    {
      name: 'from the start: within the last',
      before: '1@0 2@5 3@8',
      cut: 'start',
      at: 9,
      after: '3@9',
      changed: true,
    },
    { name: 'of nothing', before: '', cut: 'start', at: 9, after: '', changed: false },
  ];
  test.each(rows)('$name', ({ before, cut, at, after, changed }) => {
    const epochs = new LeaderEpochs(starts(before));
    expect(cut === 'end' ? epochs.truncateFromEnd(at) : epochs.truncateFromStart(at)).toBe(changed);
    expect(inWords(epochs)).toBe(after);
  });
});

/** Per offset, the epoch that wrote it: what LeaderEpochs stands for, written out. */
test('a log with its epochs beside it: appends by rising leaders, and truncations from both ends', () => {
  const step = fc.oneof(
    fc.record({
      what: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 3 }),
      newer: fc.nat(2),
    }),
    fc.record({ what: fc.constant('end' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ what: fc.constant('start' as const), share: fc.double({ min: 0, max: 0.5, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (script) => {
      const epochs = new LeaderEpochs();
      const writtenBy: number[] = [];
      let start = 0;
      let epoch = 0;
      for (const each of script) {
        const at = 'share' in each ? start + Math.floor((writtenBy.length - start) * each.share) : 0;
        if (each.what === 'append') {
          epoch += each.newer;
          for (let more = each.count; more > 0; more--) {
            epochs.assign(epoch, writtenBy.length);
            writtenBy.push(epoch);
          }
        } else if (each.what === 'end') {
          writtenBy.length = at;
          epochs.truncateFromEnd(at);
        } else {
          start = at;
          epochs.truncateFromStart(at);
        }
        for (let offset = start; offset < writtenBy.length; offset++)
          expect(epochs.epochAt(offset)).toBe(writtenBy[offset]);
        for (const asked of new Set(writtenBy.slice(start))) {
          const end = writtenBy.lastIndexOf(asked) + 1;
          expect(epochs.endOffsetFor(asked, writtenBy.length)).toEqual({ epoch: asked, endOffset: end });
        }
      }
    }),
    { seed: SEED },
  );
});

test('the checkpoint file', () => {
  const entries = starts('0@0 3@17 12@4000000000000');
  const text = '0\n3\n0 0\n3 17\n12 4000000000000\n';
  expect(encodeEpochCheckpoint(entries).toString()).toBe(text);
  expect(parseEpochCheckpoint(Buffer.from(text))).toEqual({ ok: true, value: entries });
});

test('entries is a copy that puts an earlier state back', () => {
  const epochs = new LeaderEpochs(starts('1@0 2@5'));
  const before = epochs.entries();
  epochs.assign(3, 9);
  expect(inWords(new LeaderEpochs(before))).toBe('1@0 2@5');
  expect(epochs.latest).toBe(3);
  epochs.clear();
  expect(epochs.latest).toBe(-1);
});
