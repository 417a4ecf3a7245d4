/**
 * The table of error codes (test/error-codes) against our broker: every wrong argument gets the code that Apache Kafka gave, as recorded from it
 * by the interop suite `error-codes`, or the one of ours for which the table has a reason. And a message that says something, where there is room.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { askAll, type Asked } from '../../error-codes/ask-all.js';
import { nameOf } from '../../error-codes/row.js';
import { TABLE } from '../../error-codes/table.js';
import { START_MS, World } from './parts/world.js';

const RECORDED = JSON.parse(
  readFileSync(new URL('../../error-codes/kafka.json', import.meta.url), 'utf8'),
) as { readonly version: string; readonly codes: Readonly<Record<string, string>> };

/** Nobody waits here: what has no answer now never has one, and the test's own limit says so. */
const never = (): Promise<never> => new Promise(() => {});

let asked: ReadonlyMap<string, Asked>;
let complaints: readonly string[];
beforeAll(async () => {
  // As Kafka's default; the other tests' brokers have a shorter one.
  const world = await World.start({ settings: { 'group.min.session.timeout.ms': '6000' } });
  const answers = await askAll(world.net, world.address, {
    nowMs: START_MS,
    pause: () => Promise.reject(new Error('a broker in memory is ready at once')),
    patience: never,
  });
  asked = new Map(answers.map((answer) => [answer.name, answer]));
  complaints = world.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  await world.stop();
});

const ROWS = TABLE.map((row) => {
  const name = nameOf(row);
  return { name, expected: row.difference?.ours ?? RECORDED.codes[name], kafkas: RECORDED.codes[name], row };
});

test('each row has its own name, and Kafka’s answer on record', () => {
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(TABLE.length);
  expect(Object.keys(RECORDED.codes).toSorted()).toEqual(ROWS.map(({ name }) => name).toSorted());
});

test('a difference is one, and has a reason', () => {
  for (const { name, kafkas, row } of ROWS) {
    if (row.difference === null) continue;
    expect(row.difference.ours, name).not.toBe(kafkas);
    expect(row.difference.because, name).toMatch(/^.{20,}\.\)?$/);
  }
});

test('nothing of it was a bug to the broker', () => {
  expect(complaints).toEqual([]);
});

describe('the code', () => {
  test.each(ROWS)('$name: $expected', ({ name, expected }) => {
    expect(asked.get(name)?.codes).toBe(expected);
  });
});

test('messages say more than the name of their code', () => {
  // Older versions have no room for one.
  const newest = [...asked.values()].filter(({ row }) => row.version === row.api.maxVersion);
  const silent = newest.flatMap(({ name, errors }) =>
    errors
      .filter(({ code, message }) => code !== ErrorCode.NONE && message !== undefined)
      .filter(({ message }) => !/\S+ \S+ \S+/.test(message ?? ''))
      .map(({ code }) => `${name}: ${errorName(code)}`),
  );
  expect(silent).toEqual([]);
});
