import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OffsetWaiters } from '../../../src/replication/waiters.js';
import { ErrorCode } from '../../../src/wire/errors.js';

type Step =
  | { readonly do: 'wait'; readonly end: number }
  | { readonly do: 'pass'; readonly end: number }
  | { readonly do: 'fail'; readonly from: number }
  | { readonly do: 'cancel'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), end: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), end: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), from: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(200) }) },
);

describe('OffsetWaiters', () => {
  test('behave as a plain list would: each is told once, in order of offsets, of the first thing that settles it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const waiters = new OffsetWaiters();
        const told: string[] = [];
        const expected: string[] = [];
        let model: { id: number; end: number }[] = [];
        const handles: { cancel(): void }[] = [];
        for (const action of steps) {
          if (action.do === 'wait') {
            const id = handles.length;
            handles.push(waiters.wait(action.end, (error) => told.push(`${id}:${error}`)));
            model.push({ id, end: action.end });
          } else if (action.do === 'cancel') {
            if (handles.length === 0) continue;
            const id = action.which % handles.length;
            handles[id]!.cancel();
            model = model.filter((waiter) => waiter.id !== id);
          } else {
            const passes = action.do === 'pass';
            const error = passes ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR;
            const settled = ({ end }: { end: number }): boolean =>
              passes ? end <= action.end : end > action.from;
            const done = model.filter(settled).sort((a, b) => a.end - b.end || a.id - b.id);
            expected.push(...done.map(({ id }) => `${id}:${error}`));
            model = model.filter((waiter) => !settled(waiter));
            if (action.do === 'pass') waiters.passed(action.end);
            else waiters.failAbove(action.from, error);
          }
          expect(told).toEqual(expected);
        }
      }),
    );
  });

  test('nothing hangs on who has been told or wants to hear no more: a request is as large as its records', async () => {
    const waiters = new OffsetWaiters();
    const wait = (end: number) => {
      const request = { records: Buffer.alloc(1) };
      const waiting = waiters.wait(end, () => request.records.fill(1));
      return { waiting, request: new WeakRef(request) };
    };
    const told = wait(1);
    const cancelled = wait(2);
    const waits = wait(3);
    waiters.passed(1);
    cancelled.waiting.cancel();
    await nextTurn();
    collectGarbage();
    expect(told.request.deref()).toBeUndefined();
    expect(cancelled.request.deref()).toBeUndefined();
    expect(waits.request.deref()).toBeDefined();
  });
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
