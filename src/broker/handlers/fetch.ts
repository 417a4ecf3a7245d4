/**
 * Fetch, 4 to 17. A long poll: answers at once when `min_bytes` are there or anything is wrong, else when they arrive or after
 * `max_wait_ms`. Whole batches, the first the one that contains the fetch offset; nothing is read before the answer's turn.
 *
 * 5: log start offset. 7: sessions (KIP-227): a full answer holds the requested partitions in their order, an incremental one those that
 * have something to say. 9: current leader epoch (KIP-320). 10: zstd (KIP-110). 11: preferred replica (KIP-392). 12: flexible; divergence
 * by epoch (KIP-595). 13: topics by id (KIP-516): an id that is not known, or no longer, is each partition's own error.
 * 14: nothing without tiering. 15: who follows, as a tagged field (KIP-903). 16: who leads instead, and where it is reached
 * (KIP-951). 17: a follower's directory (KIP-853).
 */
import { type BrokerId, type LeaderEpoch, NO_EPOCH, NO_OFFSET } from '../../base/ids.js';
import { NO_LEADER } from '../../metadata/records.js';
import { ErrorCode } from '../../wire/errors.js';
import { Fetch, type FetchRequest, type FetchResponseDraft } from '../../wire/messages/fetch.js';
import type { RequestContext } from '../context.js';
import { type FetchedPart, FetchPlan } from '../fetch-plan.js';
import { type AskedTopic, FetchSession } from '../fetch-session.js';
import { type Begun, NO_SESSION } from '../fetch-session-cache.js';
import { HANG_UP, handler } from '../handler.js';
import { reachableBrokers } from '../reachable-brokers.js';
import type { BrokerServices } from '../services.js';

type FetchAnswer = Omit<FetchResponseDraft, 'throttleTimeMs'>;
type TopicAnswer = FetchAnswer['responses'][number];
type PartitionAnswer = TopicAnswer['partitions'][number];

/** The first version whose readers know zstd. What a producer chose passes all the same: a topic's own setting does not. */
const ZSTD_SINCE = 10;
/** The first version that names topics by their ids. */
const BY_ID_SINCE = 13;
/** The first version that tells where the leader is reached. */
const LEADERS_SINCE = 16;
/** What is not written: the defaults of tagged fields. */
const NOWHERE = { epoch: NO_EPOCH, endOffset: NO_OFFSET };
const NOBODY = { leaderId: NO_LEADER, leaderEpoch: NO_EPOCH };

export const fetch = handler(
  Fetch,
  { order: 'early', touches: [['Read', 'Topic']] },
  async (request, context, services) => {
    const usesTopicIds = context.apiVersion >= BY_ID_SINCE;
    const { sessionId, sessionEpoch } = request;
    // All up to the first await happens in the order of arrival: so do the epochs of a session.
    const begun = services.fetchSessions.begin({ sessionId, sessionEpoch, usesTopicIds });
    if (begun.kind === 'refused') return withoutPartitions(begun.error);
    const session =
      begun.kind === 'incremental'
        ? begun.cached.session
        : new FetchSession(usesTopicIds ? 'by id' : 'by name');
    takeUp(request, session);
    if (begun.kind === 'incremental') {
      forget(request, session);
      services.fetchSessions.use(begun.cached, context.peer, services.clock.monotonic());
      // It has forgotten its last partition, and is gone with it.
      if (session.size === 0) return withoutPartitions(ErrorCode.NONE);
    }
    const plan = new FetchPlan({
      session,
      isolation: request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted',
      knowsZstd: context.apiVersion >= ZSTD_SINCE,
      sources: {
        partitions: services.partitions,
        topicName: (id) => services.image().topicById(id)?.name,
        mayRead: (topic) => context.authorize('Read', 'Topic', topic),
      },
      keeps: begun.kind === 'incremental' || begun.keeps,
    });
    let isKept = begun.kind === 'incremental';
    try {
      await plan.ready(request.minBytes, request.maxWaitMs, services.clock, (listener) =>
        context.peer.onEnding(listener),
      );
      const wanted = Math.max(1, Math.min(request.maxBytes, services.settings.fetchMaxBytes));
      const room = await context.turn(wanted);
      if (room === null) return HANG_UP;
      const fetched = await plan.read(room);
      if (fetched === null) return withoutPartitions(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
      context.whenSent(() => letGo(fetched));
      const id = sessionIdFor(begun, session, context, services);
      isKept ||= id !== NO_SESSION;
      return answerWith(id, begun.kind === 'full' ? fetched : fetched.filter(({ isNews }) => isNews), {
        request,
        context,
        services,
      });
    } finally {
      plan.end();
      if (!isKept) session.close();
    }
  },
);

/** The records have left; what they lay in may go round. */
function letGo(fetched: readonly FetchedPart[]): void {
  for (const { look } of fetched) for (const slab of look.slabs) slab.release();
}

function withoutPartitions(errorCode: ErrorCode): FetchAnswer {
  return { errorCode, sessionId: NO_SESSION, responses: [] };
}

function takeUp({ topics }: FetchRequest, session: FetchSession): void {
  for (const topic of topics) for (const asked of topic.partitions) session.ask(topic, asked);
}

/** After what is asked for: a partition that stands in both lists is forgotten. */
function forget({ forgottenTopicsData }: FetchRequest, session: FetchSession): void {
  for (const topic of forgottenTopicsData)
    for (const partition of topic.partitions) session.forget(topic, partition);
}

/** The session begins with its first answer: only now is it known what the reader was told. */
function sessionIdFor(
  begun: Exclude<Begun, { kind: 'refused' }>,
  session: FetchSession,
  { peer }: RequestContext,
  { fetchSessions, clock }: BrokerServices,
): number {
  if (begun.kind === 'incremental') return begun.cached.id;
  return begun.keeps ? fetchSessions.admit(session, 'ordinary', peer, clock.monotonic()) : NO_SESSION;
}

interface Asked {
  readonly request: FetchRequest;
  readonly context: RequestContext;
  readonly services: BrokerServices;
}

function answerWith(sessionId: number, fetched: readonly FetchedPart[], asked: Asked): FetchAnswer {
  const readCommitted = asked.request.isolationLevel === 1;
  const leaders = new Set<BrokerId>();
  const responses: TopicAnswer[] = [];
  let partitions: PartitionAnswer[] = [];
  let topic: AskedTopic | null = null;
  for (const part of fetched) {
    const { asked: partition, look } = part;
    if (partition.topic !== topic) {
      topic = partition.topic;
      partitions = [];
      responses.push({ topic: topic.topic, topicId: topic.topicId, partitions });
    }
    const leader = leaderInstead(part, asked);
    if (leader) leaders.add(leader.leaderId);
    partitions.push({
      partitionIndex: partition.index,
      errorCode: look.error,
      highWatermark: look.highWatermark,
      lastStableOffset: look.lastStableOffset,
      logStartOffset: look.logStartOffset,
      divergingEpoch: look.divergingEpoch ?? NOWHERE,
      currentLeader: leader ?? NOBODY,
      abortedTransactions: readCommitted && look.error === ErrorCode.NONE ? [] : null,
      records: look.parts,
    });
  }
  return {
    errorCode: ErrorCode.NONE,
    sessionId,
    responses,
    ...(leaders.size > 0 && { nodeEndpoints: endpointsOf(leaders, asked) }),
  };
}

/** Who leads a partition that the reader looked for in the wrong place or epoch, so that it need not ask for metadata first (KIP-951). */
function leaderInstead(
  { asked: { topic, index }, look: { error } }: FetchedPart,
  { context, services }: Asked,
): { readonly leaderId: BrokerId; readonly leaderEpoch: LeaderEpoch } | null {
  if (context.apiVersion < LEADERS_SINCE) return null;
  if (error !== ErrorCode.NOT_LEADER_OR_FOLLOWER && error !== ErrorCode.FENCED_LEADER_EPOCH) return null;
  const partition = services.image().partition(topic.topicId, index);
  return partition ? { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch } : null;
}

function endpointsOf(
  leaders: ReadonlySet<BrokerId>,
  { context, services }: Asked,
): NonNullable<FetchAnswer['nodeEndpoints']> {
  return reachableBrokers(services, context.peer)
    .filter(({ nodeId }) => leaders.has(nodeId))
    .map(({ nodeId, host, port }) => ({
      nodeId,
      host,
      port,
      rack: services.image().brokers.get(nodeId)?.rack ?? null,
    }));
}
