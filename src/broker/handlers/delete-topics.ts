/**
 * DeleteTopics, 1 to 6. A deleted topic is gone from the metadata, durably, when the answer leaves; its files go after a while.
 * 4: flexible. 5: messages (KIP-599). 6: by id (KIP-516).
 */
import { NO_UUID, type Uuid } from '../../base/ids.js';
import type { TopicReference, TopicResult } from '../../metadata/controller/requests.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DeleteTopics } from '../../wire/messages/delete-topics.js';
import type { DraftOf } from '../../wire/schema.js';
import { handler } from '../handler.js';

/** A topic as it was asked for. */
interface Named {
  readonly name: string | null;
  readonly topicId: Uuid;
}

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
    const asked: readonly Named[] =
      context.apiVersion >= 6
        ? request.topics
        : request.topicNames.map((name) => ({ name, topicId: NO_UUID }));
    const image = services.image();
    const nameOf = ({ name, topicId }: Named): string | undefined => name ?? image.topicById(topicId)?.name;
    const refusal = ({ topic, isTwice }: Question): Answer | null => {
      const { name, topicId } = topic;
      const refuse = (why: string): Answer => refused(name, topicId, ErrorCode.INVALID_REQUEST, why);
      if (!isOneOf(topic)) return refuse('Name the topic or give its id, and not both.');
      if (isTwice) return refuse('The request names this topic more than once.');
      const known = nameOf(topic);
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
    const questions = questionsOf(asked, nameOf);
    const refusals = questions.map(refusal);
    const wanted = questions.filter((_, at) => refusals[at] === null);
    const deleted = await services.topics.delete(
      wanted.map(
        ({ topic: { name, topicId } }): TopicReference => (name === null ? { id: topicId } : { name }),
      ),
    );
    const results = new Map(wanted.map((question, at) => [question, deleted[at]!]));
    return {
      responses: questions.map((question, at) => refusals[at] ?? answer(results.get(question)!)),
    };
  },
);

/** What gets one answer. */
interface Question {
  readonly topic: Named;
  readonly isTwice: boolean;
}

/** A topic that is named twice is one question, asked by name where one of both gave it. */
function questionsOf(
  asked: readonly Named[],
  nameOf: (topic: Named) => string | undefined,
): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const [at, topic] of asked.entries()) {
    const key = isOneOf(topic) ? (nameOf(topic) ?? topic.topicId) : `the ${at}th, which is wrong by itself`;
    const before = questions.get(key)?.topic;
    const shown = before === undefined || before.name === null ? topic : before;
    questions.set(key, { topic: shown, isTwice: before !== undefined });
  }
  return [...questions.values()];
}

/** As it should be: by name or by id. */
function isOneOf({ name, topicId }: Named): boolean {
  return (name === null) !== (topicId === NO_UUID);
}

function answer({ name, id, error, message }: TopicResult): Answer {
  return { name, topicId: id, errorCode: error, errorMessage: message };
}

function refused(name: string | null, topicId: string, errorCode: ErrorCode, message?: string): Answer {
  return { name, topicId, errorCode, errorMessage: message ?? errorMessage(errorCode) };
}
