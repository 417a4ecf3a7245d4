/** Which fetch sessions are kept, and who makes room for whom: the cache alone, with times and connections made up. */
import { beforeEach, describe, expect, test } from 'vitest';
import { INT32_MAX, NO_UUID } from '../../../src/base/ids.js';
import { FetchSession } from '../../../src/broker/fetch-session.js';
import {
  EVICTION_MS,
  FetchSessionCache,
  NO_SESSION,
  nextEpoch,
  type SessionHolder,
} from '../../../src/broker/fetch-session-cache.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { errorName } from '../../../src/wire/errors.js';

class Connection implements SessionHolder {
  readonly #listeners = new Set<() => void>();
  #isGone = false;

  onGone(listener: () => void) {
    if (this.#isGone) listener();
    this.#listeners.add(listener);
    return { cancel: () => this.#listeners.delete(listener) };
  }

  end(): void {
    this.#isGone = true;
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

function sessionOver(partitions: number, naming: 'by name' | 'by id' = 'by name'): FetchSession {
  const session = new FetchSession(naming);
  grow(session, partitions);
  return session;
}

function grow(session: FetchSession, partitions: number): void {
  for (let partition = 0; partition < partitions; partition++) {
    const ask = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: 0,
      lastFetchedEpoch: -1,
      partitionMaxBytes: 1,
    };
    session.ask({ topic: 'orders', topicId: NO_UUID }, ask);
  }
}

let cache: FetchSessionCache;
beforeEach(() => {
  cache = new FetchSessionCache({ slots: 3, entropy: seededEntropy(1), partitionsMax: 100 });
});

function admit(partitions: number, nowMs: number, value: 'ordinary' | 'privileged' = 'ordinary'): number {
  return cache.admit(sessionOver(partitions), value, new Connection(), nowMs);
}

function ask(sessionId: number, sessionEpoch: number, usesTopicIds = false): string {
  const begun = cache.begin({ sessionId, sessionEpoch, usesTopicIds });
  if (begun.kind === 'refused') return errorName(begun.error);
  return begun.kind === 'full' ? `full, ${begun.keeps ? 'kept' : 'not kept'}` : 'incremental';
}

/** Of the sessions, those that are there. */
function kept(...ids: readonly number[]): boolean[] {
  return ids.map((id) => ask(id, 77) === 'INVALID_FETCH_SESSION_EPOCH');
}

function use(id: number, epoch: number, nowMs: number, holder: SessionHolder = new Connection()): void {
  const begun = cache.begin({ sessionId: id, sessionEpoch: epoch, usesTopicIds: false });
  if (begun.kind !== 'incremental') throw new Error(`the request is ${begun.kind}`);
  cache.use(begun.cached, holder, nowMs);
}

describe('which request is about what', () => {
  test.each([
    ['no session, and none wanted', () => 0, -1, 'full, not kept'],
    ['a session wanted', () => 0, 0, 'full, kept'],
    ['another one wanted', (id: number) => id, 0, 'full, kept'],
    ['the session’s end', (id: number) => id, -1, 'full, not kept'],
    ['an unknown session’s end', () => 12345, -1, 'full, not kept'],
    ['the next epoch', (id: number) => id, 1, 'incremental'],
    ['an epoch that is too high', (id: number) => id, 2, 'INVALID_FETCH_SESSION_EPOCH'],
    ['a negative epoch that means nothing', (id: number) => id, -2, 'INVALID_FETCH_SESSION_EPOCH'],
    ['an unknown session', () => 12345, 1, 'FETCH_SESSION_ID_NOT_FOUND'],
    ['no session, in its next epoch', () => 0, 1, 'FETCH_SESSION_ID_NOT_FOUND'],
    ['a negative id', () => -5, 1, 'FETCH_SESSION_ID_NOT_FOUND'],
  ])('%s', (_, id, epoch, expected) => {
    const admitted = admit(1, 0);
    expect(ask(id(admitted), epoch)).toBe(expected);
    const stays = id(admitted) !== admitted || epoch > 0 || epoch < -1;
    expect(cache.size).toBe(stays ? 1 : 0);
  });

  test('the epoch rises by one with each request, and a request sent twice is refused the second time', () => {
    const id = admit(1, 0);
    expect(ask(id, 1)).toBe('incremental');
    expect(ask(id, 1)).toBe('INVALID_FETCH_SESSION_EPOCH');
    expect(ask(id, 2)).toBe('incremental');
    expect(ask(id, 3)).toBe('incremental');
  });

  test('after the largest epoch comes 1', () => {
    expect([nextEpoch(0), nextEpoch(1), nextEpoch(INT32_MAX - 1), nextEpoch(INT32_MAX)]).toEqual([
      1,
      2,
      INT32_MAX,
      1,
    ]);
  });

  test('a session keeps to names or to ids; the wrong epoch is the first thing that is wrong', () => {
    const byName = admit(1, 0);
    const byId = cache.admit(sessionOver(1, 'by id'), 'ordinary', new Connection(), 0);
    expect(ask(byName, 1, true)).toBe('FETCH_SESSION_TOPIC_ID_ERROR');
    expect(ask(byId, 1, false)).toBe('FETCH_SESSION_TOPIC_ID_ERROR');
    expect(ask(byName, 2, true)).toBe('INVALID_FETCH_SESSION_EPOCH');
    expect(ask(byName, 1)).toBe('incremental');
    expect(ask(byId, 1, true)).toBe('incremental');
  });
});

test('ids are positive, random, and nobody else’s', () => {
  // Draws 0, 0 with a sign bit, 7 twice, and then 8.
  const draws = [0, 0x8000_0000, 0x8000_0007, 7, 8];
  const own = new FetchSessionCache({
    slots: 9,
    entropy: {
      bytes: (length) => {
        const drawn = Buffer.alloc(length);
        drawn.writeUInt32BE(draws.shift()!);
        return drawn;
      },
    },
  });
  const ids = [0, 1].map(() => own.admit(sessionOver(1), 'ordinary', new Connection(), 0));
  expect(ids).toEqual([7, 8]);
});

describe('who goes', () => {
  const OLD = EVICTION_MS + 1;

  test('nobody, while there is room', () => {
    const ids = [admit(1, 0), admit(2, 0), admit(3, 0)];
    expect(kept(...ids)).toEqual([true, true, true]);
  });

  test('nobody younger than two minutes goes for a larger one: that one gets none', () => {
    const ids = [admit(1, 0), admit(2, 0), admit(3, 0)];
    expect(admit(50, EVICTION_MS)).toBe(NO_SESSION);
    expect(kept(...ids)).toEqual([true, true, true]);
  });

  test('whoever has been silent for longer than two minutes goes, whatever its size', () => {
    const ids = [admit(30, 0), admit(2, 1), admit(3, 1)];
    expect(admit(1, EVICTION_MS)).toBe(NO_SESSION);
    expect(admit(1, OLD)).not.toBe(NO_SESSION);
    expect(kept(...ids)).toEqual([false, true, true]);
  });

  test('a use renews the place in line', () => {
    const ids = [admit(30, 0), admit(2, 1), admit(3, 2)];
    use(ids[0]!, 1, 100);
    expect(admit(1, OLD + 1)).not.toBe(NO_SESSION);
    expect(kept(...ids)).toEqual([true, false, true]);
  });

  test.each([
    ['larger than the smallest', 5, [true, false, true]],
    ['as large as the smallest, and so newer', 4, [true, true, true]],
    ['smaller than all', 3, [true, true, true]],
  ])('of those in use for longer than two minutes the smallest, for one that is %s', (_, size, expected) => {
    const ids = [admit(10, 0), admit(4, 0), admit(7, 0)];
    for (const id of ids) use(id, 1, OLD);
    const admitted = admit(size, OLD + 1);
    expect(admitted !== NO_SESSION).toBe(!expected.every(Boolean));
    expect(kept(...ids)).toEqual(expected);
  });

  test('a session that has grown or shrunk is worth what it has now', () => {
    const ids = [admit(10, 0), admit(4, 0), admit(7, 0)];
    const begun = cache.begin({ sessionId: ids[1]!, sessionEpoch: 1, usesTopicIds: false });
    if (begun.kind !== 'incremental') throw new Error(begun.kind);
    grow(begun.cached.session, 20);
    cache.use(begun.cached, new Connection(), OLD);
    use(ids[0]!, 1, OLD);
    use(ids[2]!, 1, OLD);
    expect(cache.partitions).toBe(37);
    expect(admit(8, OLD + 1)).not.toBe(NO_SESSION);
    expect(kept(...ids)).toEqual([true, true, false]);
  });

  test('a follower takes a consumer’s place at once, the smallest one’s, and no follower’s', () => {
    const ids = [admit(10, 0), admit(4, 0, 'privileged'), admit(7, 0)];
    const second = admit(1, 1, 'privileged');
    expect(kept(...ids)).toEqual([true, true, false]);
    const third = admit(1, 2, 'privileged');
    expect(kept(...ids)).toEqual([false, true, false]);
    expect(admit(50, 3, 'privileged')).toBe(NO_SESSION);
    expect(kept(ids[1]!, second, third)).toEqual([true, true, true]);
  });

  test('a consumer never takes a follower’s place, however old and small that is, while it is in use', () => {
    const ids = [admit(1, 0, 'privileged'), admit(1, 0, 'privileged'), admit(1, 0, 'privileged')];
    for (const id of ids) use(id, 1, OLD);
    expect(admit(50, OLD + 1)).toBe(NO_SESSION);
    expect(admit(50, OLD + 1, 'privileged')).not.toBe(NO_SESSION);
  });

  test('the partitions of all sessions together are bounded too', () => {
    const ids = [admit(60, 0), admit(30, 0)];
    expect(admit(11, 1)).toBe(NO_SESSION);
    expect(admit(10, 1)).not.toBe(NO_SESSION);
    expect(cache.partitions).toBe(100);
    // Both that are silent go, since one is not enough.
    expect(admit(75, OLD)).not.toBe(NO_SESSION);
    expect(kept(...ids)).toEqual([false, false]);
    expect(cache.partitions).toBe(85);
  });

  test('a session too large for the cache is not kept, and costs nobody a place', () => {
    const id = admit(1, 0);
    expect(admit(101, OLD)).toBe(NO_SESSION);
    expect(kept(id)).toEqual([true]);
  });

  test('a session that outgrows the cache is kept no longer', () => {
    const id = admit(1, 0);
    const begun = cache.begin({ sessionId: id, sessionEpoch: 1, usesTopicIds: false });
    if (begun.kind !== 'incremental') throw new Error(begun.kind);
    grow(begun.cached.session, 101);
    cache.use(begun.cached, new Connection(), 1);
    expect([cache.size, cache.partitions, begun.cached.session.isClosed]).toEqual([0, 0, true]);
  });

  test('a session without partitions is none', () => {
    expect(admit(0, 0)).toBe(NO_SESSION);
  });

  test('without slots nobody has one', () => {
    const none = new FetchSessionCache({ slots: 0, entropy: seededEntropy(1) });
    expect(none.admit(sessionOver(1), 'privileged', new Connection(), 0)).toBe(NO_SESSION);
  });
});

describe('connections', () => {
  test('take their session along when they end', () => {
    const connection = new Connection();
    const id = cache.admit(sessionOver(5), 'ordinary', connection, 0);
    const other = admit(1, 0);
    connection.end();
    expect(kept(id, other)).toEqual([false, true]);
    expect(cache.partitions).toBe(1);
  });

  test('have one session: the next one takes the place of the one before', () => {
    const connection = new Connection();
    const ids = Array.from({ length: 10 }, () => cache.admit(sessionOver(5), 'ordinary', connection, 0));
    expect([cache.size, cache.partitions, connection.listeners]).toEqual([1, 5, 1]);
    expect(kept(...ids.slice(-2))).toEqual([false, true]);
  });

  test('that are gone already leave nothing behind', () => {
    const connection = new Connection();
    connection.end();
    cache.admit(sessionOver(5), 'ordinary', connection, 0);
    expect([cache.size, cache.partitions]).toEqual([0, 0]);
  });

  test('may take a session over: it ends with the last that used it, and with no other', () => {
    const [first, second] = [new Connection(), new Connection()];
    const id = cache.admit(sessionOver(1), 'ordinary', first, 0);
    use(id, 1, 1, second);
    expect(first.listeners).toBe(0);
    first.end();
    expect(kept(id)).toEqual([true]);
    second.end();
    expect(kept(id)).toEqual([false]);
  });
});

test('numbers add up, whatever happens: sessions, partitions, and who may go', () => {
  const seed = Number(process.env['SEED'] ?? Date.now());
  const entropy = seededEntropy(seed);
  const below = (limit: number): number => Math.floor(entropy.random() * limit);
  const own = new FetchSessionCache({ slots: 8, entropy: seededEntropy(2), partitionsMax: 60 });
  const model = new Map<number, { session: FetchSession; epoch: number; usedMs: number }>();
  let nowMs = 0;
  for (let step = 0; step < 3000; step++) {
    nowMs += below(EVICTION_MS / 4);
    const ids = [...model.keys()];
    const id = ids[below(ids.length)];
    if (id === undefined || entropy.random() < 0.5) {
      const session = sessionOver(below(20));
      const admitted = own.admit(
        session,
        entropy.random() < 0.2 ? 'privileged' : 'ordinary',
        new Connection(),
        nowMs,
      );
      if (admitted !== NO_SESSION) model.set(admitted, { session, epoch: 1, usedMs: nowMs });
    } else {
      const known = model.get(id)!;
      const begun = own.begin({ sessionId: id, sessionEpoch: known.epoch++, usesTopicIds: false });
      if (begun.kind !== 'incremental') throw new Error(`seed ${seed}, step ${step}: ${begun.kind}`);
      if (entropy.random() < 0.3) grow(known.session, below(20));
      else known.session.forget({ topic: 'orders', topicId: NO_UUID }, below(20));
      own.use(begun.cached, new Connection(), nowMs);
      known.usedMs = nowMs;
    }
    for (const [each, { session }] of model) if (session.isClosed) model.delete(each);
    const partitions = [...model.values()].reduce((sum, { session }) => sum + session.size, 0);
    expect([own.size, own.partitions], `seed ${seed}, step ${step}`).toEqual([model.size, partitions]);
    expect(own.size).toBeLessThanOrEqual(8);
    expect(own.partitions).toBeLessThanOrEqual(60);
  }
});
