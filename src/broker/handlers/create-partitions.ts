/** CreatePartitions, 0 to 3: more partitions for a topic, never fewer (KIP-195). 2: flexible. 3: as 2, for throttling (KIP-599). */
import type { TopicResult } from '../../metadata/controller/requests.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { CreatePartitions } from '../../wire/messages/create-partitions.js';
import type { DraftOf } from '../../wire/schema.js';
import { handler } from '../handler.js';
import { duplicates } from './create-topics.js';

type Answer = DraftOf<typeof CreatePartitions.response>['results'][number];

export const createPartitions = handler(
  CreatePartitions,
  { order: 'alone', touches: [['Alter', 'Topic']] },
  async (request, context, services) => {
    const twice = duplicates(request.topics.map(({ name }) => name));
    const topics = [...new Map(request.topics.map((topic) => [topic.name, topic])).values()];
    const refusal = (name: string): Answer | null => {
      if (twice.has(name)) return refused(name, ErrorCode.INVALID_REQUEST, 'Duplicate topic name.');
      if (!context.authorize('Alter', 'Topic', name))
        return refused(name, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
      return null;
    };
    const refusals = new Map(topics.map(({ name }) => [name, refusal(name)]));
    const wanted = topics.filter(({ name }) => refusals.get(name) === null);
    const changed = await services.topics.addPartitions(
      wanted.map(({ name, count, assignments }) => ({
        name,
        partitionCount: count,
        assignments: assignments?.map(({ brokerIds }) => brokerIds) ?? null,
      })),
      { validateOnly: request.validateOnly },
    );
    const results = new Map(wanted.map(({ name }, at) => [name, changed[at]!]));
    return { results: topics.map(({ name }) => refusals.get(name) ?? answer(results.get(name)!)) };
  },
);

function answer({ name, error, message }: TopicResult): Answer {
  return { name, errorCode: error, errorMessage: message };
}

function refused(name: string, errorCode: ErrorCode, message?: string): Answer {
  return { name, errorCode, errorMessage: message ?? errorMessage(errorCode) };
}
