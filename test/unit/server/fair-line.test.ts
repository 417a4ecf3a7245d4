import { expect, test } from 'vitest';
import { FairLine, type Starter } from '../../../src/server/fair-line.js';

/** Starts of all, in order, and what is due at the next turn. */
class World {
  readonly started: string[] = [];
  readonly #turns: (() => void)[] = [];
  readonly line = new FairLine((step) => this.#turns.push(step));

  get turnsDue(): number {
    return this.#turns.length;
  }

  starter(name: string, requests: number, bytes = 20): Starter {
    let left = requests;
    const { started } = this;
    return {
      get mayStart() {
        return left > 0;
      },
      startNext() {
        if (left === 0) return null;
        left--;
        started.push(name);
        return bytes;
      },
    };
  }

  turn(): void {
    this.#turns.shift()!();
  }
}

test('what arrives while there is little to do starts at once', () => {
  const world = new World();
  world.line.enter(world.starter('a', 3));
  world.line.enter(world.starter('b', 1));
  expect(world.started).toEqual(['a', 'a', 'a', 'b']);
  expect(world.turnsDue).toBe(0);
});

test('one with ten thousand requests has its share of a turn; a newcomer with one waits for no more than that', () => {
  const world = new World();
  world.line.enter(world.starter('greedy', 10_000));
  const before = world.started.length;
  expect(before).toBeLessThan(32);
  world.line.enter(world.starter('newcomer', 1));
  world.turn();
  expect(world.started.indexOf('newcomer')).toBeLessThan(before + 32);
});

test('many greedy ones take turns, and each turn is bounded', () => {
  const world = new World();
  for (let at = 0; at < 100; at++) world.line.enter(world.starter(`greedy-${at}`, 1000));
  let before = world.started.length;
  for (let turn = 0; turn < 20; turn++) {
    world.turn();
    expect(world.started.length - before).toBeLessThanOrEqual(160);
    before = world.started.length;
  }
  // Everybody has had a share before anybody has a third.
  const shares = new Map<string, number>();
  for (const name of world.started) shares.set(name, (shares.get(name) ?? 0) + 1);
  expect(shares.size).toBe(100);
  expect(Math.max(...shares.values()) / Math.min(...shares.values())).toBeLessThanOrEqual(3);
});

test('large requests count for more than small ones', () => {
  const world = new World();
  world.line.enter(world.starter('large', 1000, 1024 * 1024));
  const large = world.started.length;
  expect(large).toBe(1);
  world.line.enter(world.starter('small', 5));
  world.turn();
  expect(world.started.filter((name) => name === 'small')).toHaveLength(5);
  expect(world.started.filter((name) => name === 'large').length).toBeLessThan(10);
});

test('who leaves the line is not started', () => {
  const world = new World();
  world.line.enter(world.starter('first', 1000));
  const second = world.starter('second', 1000);
  world.line.enter(second);
  world.line.leave(second);
  world.turn();
  expect(world.started).not.toContain('second');
});
