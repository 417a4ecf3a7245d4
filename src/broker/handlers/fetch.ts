/**
 * Fetch, 4 to 12. A long poll: answers at once when `min_bytes` are there or anything is wrong, else when they arrive or after
 * `max_wait_ms`. Whole batches, the first the one that contains the fetch offset; nothing is read before the answer's turn.
 *
 * 5: log start offset. 7: sessions (KIP-227): answered with session 0, which makes every client send full fetches.
 * 9: current leader epoch (KIP-320). 10: zstd. 11: preferred replica (KIP-392). 12: flexible; divergence by epoch (KIP-595).
 */
import { ErrorCode } from '../../wire/errors.js';
import { Fetch } from '../../wire/messages/fetch.js';
import { type FetchedPart, FetchPlan, type FetchPart } from '../fetch-plan.js';
import { HANG_UP, handler } from '../handler.js';

export const fetch = handler(
  Fetch,
  { order: 'early', touches: [['Read', 'Topic']] },
  async (request, context, services) => {
    const readCommitted = request.isolationLevel === 1;
    const flat: FetchPart[] = [];
    const denied = new Set<FetchPart>();
    for (const { topic, partitions } of request.topics) {
      const allowed = context.authorize('Read', 'Topic', topic);
      for (const asked of partitions) {
        const part = {
          topic,
          partition: asked.partition,
          currentLeaderEpoch: asked.currentLeaderEpoch,
          fetchOffset: asked.fetchOffset,
          lastFetchedEpoch: asked.lastFetchedEpoch,
          maxBytes: asked.partitionMaxBytes,
        };
        flat.push(part);
        if (!allowed) denied.add(part);
      }
    }
    const plan = new FetchPlan(
      flat.filter((part) => !denied.has(part)),
      readCommitted ? 'read_committed' : 'read_uncommitted',
      services.partitions,
    );
    const impatient = denied.size > 0 || flat.length === 0 ? 0 : request.maxWaitMs;
    await plan.ready(request.minBytes, impatient, services.clock, (listener) =>
      context.peer.onEnding(listener),
    );
    if (!(await context.turn())) return HANG_UP;
    const fetched = await plan.read(Math.min(request.maxBytes, services.settings.fetchMaxBytes));
    let at = 0;
    const answers = new Map(flat.filter((part) => !denied.has(part)).map((part) => [part, fetched[at++]!]));
    let next = 0;
    return {
      errorCode: ErrorCode.NONE,
      sessionId: 0,
      responses: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(() => {
          const part = flat[next++]!;
          return partitionData(part, answers.get(part), readCommitted);
        }),
      })),
    };
  },
);

function partitionData({ partition }: FetchPart, fetched: FetchedPart | undefined, readCommitted: boolean) {
  if (!fetched) {
    return {
      partitionIndex: partition,
      errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      highWatermark: -1,
      abortedTransactions: null,
      records: [],
    };
  }
  return {
    partitionIndex: partition,
    errorCode: fetched.error,
    highWatermark: fetched.bounds?.highWatermark ?? -1,
    lastStableOffset: fetched.bounds?.lastStableOffset ?? -1,
    logStartOffset: fetched.bounds?.logStartOffset ?? -1,
    abortedTransactions: readCommitted ? [] : null,
    records: fetched.parts,
    ...(fetched.divergingEpoch && { divergingEpoch: fetched.divergingEpoch }),
  };
}
