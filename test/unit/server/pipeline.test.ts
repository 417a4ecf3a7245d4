import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pipeline, type Slot } from '../../../src/server/pipeline.js';

describe('answers leave in the order of arrival', () => {
  test('whatever order they are finished in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }), (priorities) => {
        const pipeline = new Pipeline<number>();
        const slots = priorities.map(() => pipeline.arrived());
        const finishing = priorities.map((_, at) => at).sort((a, b) => priorities[a]! - priorities[b]!);
        const left: number[] = [];
        for (const at of finishing) {
          left.push(...pipeline.done(slots[at]!, at));
          // Nothing is held back that could leave.
          expect(left).toEqual(priorities.map((_, index) => index).slice(0, left.length));
        }
        expect(left).toHaveLength(priorities.length);
        expect(pipeline.size).toBe(0);
      }),
    );
  });

  test('a request is told of its turn once everything older has left', () => {
    const pipeline = new Pipeline<string>();
    const [first, second, third] = [pipeline.arrived(), pipeline.arrived(), pipeline.arrived()] as [
      Slot<string>,
      Slot<string>,
      Slot<string>,
    ];
    const woken: string[] = [];
    second.atHead = () => woken.push('second');
    third.atHead = () => woken.push('third');
    pipeline.wakeHead();
    expect(woken).toEqual([]);
    expect(pipeline.isHead(first)).toBe(true);
    expect(pipeline.done(first, 'a')).toEqual(['a']);
    pipeline.wakeHead();
    pipeline.wakeHead();
    expect(woken).toEqual(['second']);
  });

  test('a request is answered once', () => {
    const pipeline = new Pipeline<string>();
    pipeline.arrived();
    const slot = pipeline.arrived();
    pipeline.done(slot, 'a');
    expect(() => pipeline.done(slot, 'b')).toThrow('a request is answered once');
  });
});
