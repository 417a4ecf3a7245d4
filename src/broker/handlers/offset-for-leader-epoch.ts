/**
 * OffsetForLeaderEpoch, 2 to 4: where a leader epoch ended, so that a consumer (KIP-320) or a follower (KIP-101, KIP-279) finds
 * where its log diverged. 3: replica id. 4: flexible.
 */
import { ErrorCode } from '../../wire/errors.js';
import { OffsetForLeaderEpoch } from '../../wire/messages/offset-for-leader-epoch.js';
import { handler } from '../handler.js';

export const offsetForLeaderEpoch = handler(
  OffsetForLeaderEpoch,
  { order: 'early', touches: [['Describe', 'Topic']] },
  async (request, context, services) => ({
    topics: await Promise.all(
      request.topics.map(async ({ topic, partitions }) => {
        const allowed = context.authorize('Describe', 'Topic', topic);
        return {
          topic,
          partitions: await Promise.all(
            partitions.map(async ({ partition, currentLeaderEpoch, leaderEpoch }) => {
              if (!allowed) return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, partition };
              const end = await services.partitions.epochEnd(
                { topic, partition, currentLeaderEpoch },
                leaderEpoch,
              );
              return { errorCode: end.error, partition, leaderEpoch: end.epoch, endOffset: end.endOffset };
            }),
          ),
        };
      }),
    ),
  }),
);
