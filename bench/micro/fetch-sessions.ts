/**
 * What a fetch session weighs, and what it costs to ask one: without sockets, frames and records.
 *
 *     npm run bench -- micro/fetch-sessions
 *
 * The bound on the partitions of all sessions (CACHED_PARTITIONS_MAX) stands on the first figure.
 */
import { Bench } from 'tinybench';
import { NO_UUID } from '../../src/base/ids.js';
import { FetchSession } from '../../src/broker/fetch-session.js';
import { MoveListeners } from '../../src/replication/waiters.js';
import { ErrorCode } from '../../src/wire/errors.js';
import { collectGarbage } from './parts/garbage.js';

const SESSIONS = 400;
const PARTITIONS = 500;
const TOPIC = { topic: 'orders', topicId: NO_UUID };
const SAID = {
  error: ErrorCode.NONE,
  highWatermark: 2 ** 33,
  logStartOffset: 2 ** 32,
  bytes: 0,
  divergingEpoch: null,
  hadRecords: false,
};

/** The moves of the partitions, which all sessions follow. */
const moves = Array.from({ length: PARTITIONS }, () => new MoveListeners());

function makeSession(): FetchSession {
  const session = new FetchSession('by name');
  for (let partition = 0; partition < PARTITIONS; partition++) {
    // Offsets beyond 31 bits: those are the heavier ones.
    session.ask(TOPIC, {
      partition,
      currentLeaderEpoch: 1,
      fetchOffset: 2 ** 33,
      lastFetchedEpoch: 1,
      partitionMaxBytes: 1 << 20,
    });
  }
  for (const each of session.active()) each.follow(moves[each.index]!);
  for (const each of session.takeActive()) session.served(each, SAID);
  return session;
}

function weigh(): void {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const sessions = Array.from({ length: SESSIONS }, makeSession);
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / (SESSIONS * PARTITIONS);
  console.log(`${bytes.toFixed(0)} bytes a partition, in ${sessions.length} sessions of ${PARTITIONS}`);
  for (const session of sessions) session.close();
}

weigh();

const session = makeSession();
const bench = new Bench({ time: 500 });
bench.add(`one of ${PARTITIONS} partitions moved: look, answer, nothing else`, () => {
  moves[7]!.moved();
  for (const each of session.takeActive()) session.served(each, SAID);
});
bench.add(`all ${PARTITIONS} moved`, () => {
  for (const each of moves) each.moved();
  for (const each of session.takeActive()) session.served(each, SAID);
});
bench.add(`a full request of ${PARTITIONS} partitions, thrown away`, () => {
  makeSession().close();
});
await bench.run();
console.table(
  bench.tasks.map(({ name, result }) => ({
    what: name,
    'ns, median': result && 'latency' in result ? Math.round(result.latency.p50 * 1e6) : 'failed',
  })),
);
