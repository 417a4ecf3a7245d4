/**
 * The table against that of another client, which took it from Kafka; and what is said about codes of the
 * future.
 */
import { createRequire } from 'node:module';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ErrorCode, errorMessage, errorName, isRetriable } from '../../../src/wire/errors.js';

const { errorCodes } = createRequire(import.meta.url)('kafkajs/src/protocol/error.js') as {
  errorCodes: readonly { readonly type: string; readonly code: number; readonly retriable: boolean }[];
};

/** Kafka has renamed these since. */
const RENAMED: Readonly<Record<string, string>> = {
  UNKNOWN: 'UNKNOWN_SERVER_ERROR',
  NOT_LEADER_FOR_PARTITION: 'NOT_LEADER_OR_FOLLOWER',
  GROUP_LOAD_IN_PROGRESS: 'COORDINATOR_LOAD_IN_PROGRESS',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'COORDINATOR_NOT_AVAILABLE',
  NOT_COORDINATOR_FOR_GROUP: 'NOT_COORDINATOR',
};

test.each(errorCodes)('$type', ({ type, code, retriable }) => {
  expect(errorName(code)).toBe(RENAMED[type] ?? type);
  expect(isRetriable(code)).toBe(retriable);
});

describe('the table', () => {
  test('has no gaps', () => {
    const codes = Object.values(ErrorCode).sort((a, b) => a - b);
    expect(codes).toEqual(Array.from({ length: codes.length }, (_, at) => at - 1));
    expect(codes.at(-1)).toBe(133);
  });

  test('has a sentence for each', () => {
    const sentences = Object.values(ErrorCode).map(errorMessage);
    expect(sentences.filter((sentence) => !/^[A-Za-z].*\.$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  test('is typed by its literals', () => {
    expectTypeOf(ErrorCode.NOT_COORDINATOR).toEqualTypeOf<16>();
    expectTypeOf<16>().toExtend<ErrorCode>();
    expectTypeOf<9999>().not.toExtend<ErrorCode>();
  });
});

test('codes that nobody knows yet have a name, and are not tried again', () => {
  expect(errorName(9999)).toBe('ERROR_9999');
  expect(isRetriable(9999)).toBe(false);
  expect(errorMessage(9999)).toContain('9999');
});
