/** A fetch session alone: what is news, what is looked at, and in which order; partitions are made up. */
import { describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import { FetchSession, type Said, type SessionPartition } from '../../../src/broker/fetch-session.js';
import { MoveListeners } from '../../../src/replication/waiters.js';
import { ErrorCode } from '../../../src/wire/errors.js';

const ORDERS = { topic: 'orders', topicId: NO_UUID };

function ask(session: FetchSession, partition: number, fetchOffset = 0): void {
  session.ask(ORDERS, {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    partitionMaxBytes: 100,
  });
}

function sessionOver(partitions: number): FetchSession {
  const session = new FetchSession('by name');
  for (let partition = 0; partition < partitions; partition++) ask(session, partition);
  return session;
}

const QUIET: Said = {
  error: ErrorCode.NONE,
  highWatermark: 5,
  logStartOffset: 1,
  bytes: 0,
  divergingEpoch: null,
  hadRecords: false,
};

/** Answers what is active, each partition with what `said` has for it; the indexes in order, those that are news with a mark. */
function answer(session: FetchSession, said: Readonly<Record<number, Partial<Said>>> = {}): string[] {
  return session
    .takeActive()
    .map((each) => `${each.index}${session.served(each, { ...QUIET, ...said[each.index] }) ? '!' : ''}`);
}

function inOrder(partitions: readonly SessionPartition[]): number[] {
  return partitions.map(({ index }) => index);
}

describe('what is news', () => {
  test.each<[string, Partial<Said>, Partial<Said>, boolean]>([
    ['nothing', {}, {}, false],
    ['records', {}, { bytes: 1, hadRecords: true }, true],
    ['records that did not fit', {}, { hadRecords: true }, false],
    ['a high watermark that rose', {}, { highWatermark: 6 }, true],
    ['a high watermark that fell', {}, { highWatermark: 4 }, true],
    ['a log start that moved', {}, { logStartOffset: 2 }, true],
    ['an error', {}, { error: ErrorCode.KAFKA_STORAGE_ERROR }, true],
    [
      'the same error again',
      { error: ErrorCode.KAFKA_STORAGE_ERROR },
      { error: ErrorCode.KAFKA_STORAGE_ERROR },
      true,
    ],
    ['an error that is gone', { error: ErrorCode.KAFKA_STORAGE_ERROR }, {}, true],
    ['a divergence', {}, { divergingEpoch: { epoch: 1, endOffset: 2 } }, true],
    ['a divergence that is gone', { divergingEpoch: { epoch: 1, endOffset: 2 } }, {}, true],
  ])('%s', (_, before, after, isNews) => {
    const session = sessionOver(1);
    expect(answer(session, { 0: before })).toEqual(['0!']);
    ask(session, 0);
    expect(answer(session, { 0: after })).toEqual([isNews ? '0!' : '0']);
  });

  test('is judged by what was said last, and not by what was said first', () => {
    const session = sessionOver(1);
    for (const [highWatermark, expected] of [
      [5, '0!'],
      [6, '0!'],
      [6, '0'],
      [5, '0!'],
    ] as const) {
      ask(session, 0);
      expect(answer(session, { 0: { highWatermark } })).toEqual([expected]);
    }
  });
});

describe('what is looked at', () => {
  test.each<[string, Partial<Said>, boolean]>([
    ['nothing more to say', {}, false],
    ['records sent, of which the reader has not said that it has them', { bytes: 9, hadRecords: true }, true],
    ['records that did not fit', { hadRecords: true }, true],
    ['an error', { error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }, true],
    ['a divergence', { divergingEpoch: { epoch: 1, endOffset: 2 } }, true],
    ['a high watermark that rose', { highWatermark: 9 }, false],
  ])('again, after %s: %s', (_, said, again) => {
    const session = sessionOver(1);
    answer(session, { 0: said });
    expect(answer(session)).toHaveLength(again ? 1 : 0);
  });

  test('only what moved, once however often it moved', () => {
    const session = sessionOver(500);
    const moves = Array.from({ length: 500 }, () => new MoveListeners());
    for (const each of session.active()) each.follow(moves[each.index]!);
    expect(answer(session)).toHaveLength(500);
    expect(answer(session)).toEqual([]);
    for (const index of [77, 300, 77]) moves[index]!.moved();
    expect(answer(session)).toEqual(['77', '300']);
    expect(answer(session)).toEqual([]);
  });

  test('what moves while it is answered', () => {
    const session = sessionOver(2);
    const moves = new MoveListeners();
    for (const each of session.active()) each.follow(moves);
    for (const each of session.takeActive()) {
      if (each.index === 0) moves.moved();
      session.served(each, QUIET);
    }
    expect(inOrder(session.takeActive())).toEqual([0, 1]);
  });

  test('nothing of a source that is followed no more, and one source once', () => {
    const session = sessionOver(1);
    const [old, current] = [new MoveListeners(), new MoveListeners()];
    const [partition] = session.active();
    partition!.follow(old);
    partition!.follow(current);
    partition!.follow(current);
    answer(session);
    expect([old.size, current.size]).toEqual([0, 1]);
    old.moved();
    expect(answer(session)).toEqual([]);
    current.moved();
    expect(answer(session)).toEqual(['0']);
  });

  test('and is counted from nothing then', () => {
    const session = sessionOver(1);
    const [partition] = session.active();
    partition!.availableBytes = 7;
    answer(session);
    expect(partition!.availableBytes).toBe(0);
  });

  test('nothing that is forgotten, and nothing of it is left behind', () => {
    const session = sessionOver(3);
    const moves = new MoveListeners();
    for (const each of session.active()) each.follow(moves);
    session.forget(ORDERS, 1);
    session.forget(ORDERS, 99);
    session.forget({ topic: 'unheard-of', topicId: NO_UUID }, 0);
    expect([session.size, moves.size]).toEqual([2, 2]);
    expect(answer(session)).toEqual(['0!', '2!']);
    ask(session, 1);
    expect(answer(session)).toEqual(['1!']);
  });

  test('everything, under another isolation', () => {
    const session = sessionOver(2);
    const round = session.beginRound('read_uncommitted');
    answer(session);
    session.endRound(round);
    session.endRound(session.beginRound('read_uncommitted'));
    expect(session.active()).toHaveLength(0);
    session.beginRound('read_committed');
    expect(session.active()).toHaveLength(2);
  });

  test('everything, when a request takes the place of one that took some of it and has not answered', () => {
    const session = sessionOver(3);
    const first = session.beginRound('read_uncommitted');
    session.takeActive();
    const second = session.beginRound('read_uncommitted');
    expect([session.isCurrent(first), session.isCurrent(second)]).toEqual([false, true]);
    session.endRound(first);
    expect(inOrder(session.takeActive())).toEqual([0, 1, 2]);
    session.endRound(second);
    session.beginRound('read_uncommitted');
    expect(session.active()).toEqual([]);
  });
});

describe('the order', () => {
  test('is that of the request, until records are returned: then it is the others’ turn', () => {
    const session = sessionOver(4);
    expect(answer(session, { 1: { bytes: 9, hadRecords: true } })).toEqual(['0!', '1!', '2!', '3!']);
    for (let partition = 3; partition >= 0; partition--) ask(session, partition);
    expect(inOrder(session.takeActive())).toEqual([0, 2, 3, 1]);
  });

  test('however many have much: each comes first in turn', () => {
    const session = sessionOver(5);
    const firsts: number[] = [];
    for (let request = 0; request < 10; request++) {
      // Only the first finds room.
      session.takeActive().forEach((each, at) => {
        if (at === 0) firsts.push(each.index);
        session.served(each, { ...QUIET, bytes: at === 0 ? 9 : 0, hadRecords: true });
      });
    }
    expect(firsts).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });
});

describe('whoever waits', () => {
  test('is told of each move, and of the end', () => {
    const session = sessionOver(2);
    const moves = new MoveListeners();
    for (const each of session.active()) each.follow(moves);
    answer(session);
    const told: (number | 'ended')[] = [];
    session.wait({ moved: ({ index }) => told.push(index), ended: () => told.push('ended') });
    moves.moved();
    session.close();
    session.close();
    moves.moved();
    expect(told).toEqual([0, 1, 'ended']);
    expect(moves.size).toBe(0);
  });

  test('is told when another request speaks for the session', () => {
    const session = sessionOver(1);
    let ended = 0;
    session.beginRound('read_uncommitted');
    session.wait({ moved: () => {}, ended: () => ended++ });
    session.beginRound('read_uncommitted');
    expect(ended).toBe(1);
  });
});

test('by id, a topic is what its id says, whatever its name', () => {
  const session = new FetchSession('by id');
  const [one, two] = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg'];
  const rest = { partition: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: 1 };
  session.ask({ topic: '', topicId: one }, { ...rest, fetchOffset: 1 });
  session.ask({ topic: '', topicId: two }, { ...rest, fetchOffset: 2 });
  session.ask({ topic: '', topicId: one }, { ...rest, fetchOffset: 3 });
  expect(session.active().map(({ topic, fetchOffset }) => [topic.topicId, fetchOffset])).toEqual([
    [one, 3],
    [two, 2],
  ]);
  session.forget({ topic: '', topicId: one }, 0);
  expect(session.size).toBe(1);
});
