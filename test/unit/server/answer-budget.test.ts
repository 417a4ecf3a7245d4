import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { AnswerBudget, type AnswerHolder, type Grant } from '../../../src/server/answer-budget.js';

const MiB = 1024 * 1024;
const LIMIT = 16 * MiB;

class Holder implements AnswerHolder {
  answerBytes = 0;
  hurried = 0;
  isShed = false;
  readonly #budget: AnswerBudget;

  constructor(budget: AnswerBudget) {
    this.#budget = budget;
  }

  has(bytes: number): this {
    this.answerBytes = bytes;
    this.#budget.holds(this, bytes);
    return this;
  }

  hurry(): boolean {
    this.hurried++;
    return true;
  }

  shedAnswers(): void {
    this.isShed = true;
    this.has(0);
  }
}

function setUp() {
  const clock = manualClock(0);
  const budget = new AnswerBudget(LIMIT, clock);
  return { clock, budget };
}

describe('grants', () => {
  test('the first takes a part of what is left, and no more than it wants', () => {
    const { budget } = setUp();
    expect(budget.grant(1000)?.bytes).toBe(1000);
    expect(budget.grant(50_000_000)!.bytes).toBeLessThanOrEqual(LIMIT / 4);
    expect(budget.exhausted).toBe(false);
  });

  test('however many ask at once, what is granted and reserved stays within the limit and its overdraft, and all of it comes back', () => {
    const { budget } = setUp();
    const grants: Grant[] = [];
    for (let at = 0; at < 10_000; at++) {
      const grant = budget.grant(50_000_000);
      if (grant !== null) grants.push(grant);
    }
    expect(budget.usedBytes).toBeLessThanOrEqual(LIMIT * 1.5 + MiB);
    // Also when each reads one whole batch, as large as Kafka lets it be, beyond what it was granted.
    expect(grants.length * MiB).toBeLessThanOrEqual(LIMIT * 1.5 + MiB);
    for (const grant of grants) budget.giveBack(grant);
    expect(budget.usedBytes).toBe(0);
  });

  test('at the limit a small grant is still given; beyond the overdraft one waits, and is told when there is room', () => {
    const { budget } = setUp();
    const lazy = new Holder(budget).has(LIMIT);
    expect(budget.grant(50_000_000)?.bytes).toBe(64 * 1024);
    lazy.has(LIMIT * 2);
    expect(budget.grant(1)).toBe(null);
    let told = 0;
    budget.whenRoom(() => told++);
    lazy.has(LIMIT);
    lazy.has(0);
    expect(told).toBe(1);
  });
});

describe('when the limit is reached', () => {
  test('the parked are asked to hurry; who takes nothing for seconds is cut off, the largest first and only as far as needed', async () => {
    const { clock, budget } = setUp();
    const large = new Holder(budget).has(LIMIT);
    const small = new Holder(budget).has(MiB);
    const moving = new Holder(budget).has(MiB);
    for (let second = 0; second < 5; second++) {
      moving.answerBytes -= 1000;
      clock.advance(1000);
    }
    expect(large.isShed).toBe(true);
    expect(large.hurried).toBeGreaterThan(0);
    expect([small.isShed, moving.isShed]).toEqual([false, false]);
    expect(budget.exhausted).toBe(false);
  });

  test('below it nobody is looked at, however slow', async () => {
    const { clock, budget } = setUp();
    const slow = new Holder(budget).has(LIMIT / 2);
    clock.advance(3_600_000);
    expect(slow.isShed).toBe(false);
    expect(slow.hurried).toBe(0);
    expect(clock.nextTimerInMs ?? null).toBe(null);
  });
});
