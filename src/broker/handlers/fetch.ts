/**
 * Fetch, 4 to 13. A long poll: answers at once when `min_bytes` are there or anything is wrong, else when they arrive or after
 * `max_wait_ms`. Whole batches, the first the one that contains the fetch offset; nothing is read before the answer's turn.
 *
 * 5: log start offset. 7: sessions (KIP-227): answered with session 0, which makes every client send full fetches.
 * 9: current leader epoch (KIP-320). 10: zstd. 11: preferred replica (KIP-392). 12: flexible; divergence by epoch (KIP-595).
 * 13: topics by id (KIP-516): an id that is not known, or no longer, is each partition's own error.
 */
import { NO_UUID } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { Fetch } from '../../wire/messages/fetch.js';
import type { RequestContext } from '../context.js';
import { type FetchedPart, FetchPlan, type FetchPart } from '../fetch-plan.js';
import { HANG_UP, handler } from '../handler.js';

export const fetch = handler(
  Fetch,
  { order: 'early', touches: [['Read', 'Topic']] },
  async (request, context, services) => {
    const readCommitted = request.isolationLevel === 1;
    const flat: FetchPart[] = [];
    const refusals = new Map<FetchPart, ErrorCode>();
    for (const { topic: named, topicId, partitions } of request.topics) {
      const topic = topicId === NO_UUID ? named : services.image().topicById(topicId)?.name;
      const refusal = topicRefusal(topic, context);
      for (const asked of partitions) {
        const part = {
          topic: topic ?? '',
          topicId,
          partition: asked.partition,
          currentLeaderEpoch: asked.currentLeaderEpoch,
          fetchOffset: asked.fetchOffset,
          lastFetchedEpoch: asked.lastFetchedEpoch,
          maxBytes: asked.partitionMaxBytes,
        };
        flat.push(part);
        if (refusal !== ErrorCode.NONE) refusals.set(part, refusal);
      }
    }
    const wanted = flat.filter((part) => !refusals.has(part));
    const plan = new FetchPlan(
      wanted,
      readCommitted ? 'read_committed' : 'read_uncommitted',
      services.partitions,
    );
    const impatient = refusals.size > 0 || flat.length === 0 ? 0 : request.maxWaitMs;
    await plan.ready(request.minBytes, impatient, services.clock, (listener) =>
      context.peer.onEnding(listener),
    );
    if (!(await context.turn())) return HANG_UP;
    const fetched = await plan.read(Math.min(request.maxBytes, services.settings.fetchMaxBytes));
    const answers = new Map(wanted.map((part, at) => [part, fetched[at]!]));
    let next = 0;
    return {
      errorCode: ErrorCode.NONE,
      sessionId: 0,
      responses: request.topics.map(({ topic, topicId, partitions }) => ({
        topic,
        topicId,
        partitions: partitions.map(() => {
          const part = flat[next++]!;
          return partitionData(part, answers.get(part) ?? refusals.get(part)!, readCommitted);
        }),
      })),
    };
  },
);

/** NONE, or why nothing of the topic may be read; `undefined` is one whose id nobody knows. */
function topicRefusal(topic: string | undefined, context: RequestContext): ErrorCode {
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
  return context.authorize('Read', 'Topic', topic) ? ErrorCode.NONE : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
}

function partitionData({ partition }: FetchPart, fetched: FetchedPart | ErrorCode, readCommitted: boolean) {
  if (typeof fetched === 'number') {
    return {
      partitionIndex: partition,
      errorCode: fetched,
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
