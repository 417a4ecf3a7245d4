/**
 * DeleteTopics, 1 to 6. A deleted topic is gone from the metadata, durably, when the answer leaves; its files go after a while.
 * 4: flexible. 5: messages (KIP-599). 6: by id (KIP-516).
 */
import { NO_UUID } from '../../base/ids.js';
import type { TopicReference, TopicResult } from '../../metadata/controller/requests.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DeleteTopics } from '../../wire/messages/delete-topics.js';
import type { DraftOf } from '../../wire/schema.js';
import { handler } from '../handler.js';

type Answer = DraftOf<typeof DeleteTopics.response>['responses'][number];

export const deleteTopics = handler(
  DeleteTopics,
  {
    order: 'alone',
    touches: [
      ['Delete', 'Topic'],
      ['Describe', 'Topic'],
    ],
  },
  async (request, context, services) => {
    const asked: readonly { name: string | null; topicId: string }[] =
      context.apiVersion >= 6
        ? request.topics
        : request.topicNames.map((name) => ({ name, topicId: NO_UUID }));
    const image = services.image();
    const refusal = ({ name, topicId }: (typeof asked)[number]): Answer | null => {
      if ((name === null) === (topicId === NO_UUID)) {
        return refused(
          name,
          topicId,
          ErrorCode.INVALID_REQUEST,
          'Name the topic or give its id, and not both.',
        );
      }
      const known = name ?? image.topicById(topicId)?.name;
      if (known === undefined) return refused(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID);
      if (!context.authorize('Delete', 'Topic', known)) {
        return refused(
          context.authorize('Describe', 'Topic', known) ? known : name,
          topicId,
          ErrorCode.TOPIC_AUTHORIZATION_FAILED,
        );
      }
      return null;
    };
    const refusals = asked.map(refusal);
    const wanted = asked.filter((_, at) => refusals[at] === null);
    const references = wanted.map(
      ({ name, topicId }): TopicReference => (name === null ? { id: topicId } : { name }),
    );
    const deleted = await services.topics.delete(references);
    const results = new Map(wanted.map((topic, at) => [topic, deleted[at]!]));
    return { responses: asked.map((topic, at) => refusals[at] ?? answer(results.get(topic)!)) };
  },
);

function answer({ name, id, error, message }: TopicResult): Answer {
  return { name, topicId: id, errorCode: error, errorMessage: message };
}

function refused(name: string | null, topicId: string, errorCode: ErrorCode, message?: string): Answer {
  return { name, topicId, errorCode, errorMessage: message ?? errorMessage(errorCode) };
}
