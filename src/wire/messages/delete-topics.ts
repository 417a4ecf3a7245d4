/**
 * DeleteTopics (key 20).
 *
 * 1 adds the throttle time, 2 changes when throttled answers leave, 3 may answer TOPIC_DELETION_DISABLED, 4
 * is flexible, 5 adds error messages and THROTTLING_QUOTA_EXCEEDED (KIP-599). 6 deletes by name or by id.
 */
import { durationMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string, uuid } from '../schema.js';

export const DeleteTopics = api(
  'DeleteTopics',
  { key: 20, versions: '1-6', flexible: 4 },
  {
    request: {
      topics: array({ name: string.nullable('6+').default(null), topicId: uuid }).in('6+'),
      topicNames: array(string).in('0-5').ignorable(),
      timeoutMs: durationMs,
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      responses: array({
        name: string.nullable('6+'),
        topicId: uuid.in('6+').ignorable(),
        errorCode: int16,
        errorMessage: string.in('5+').nullable('5+').default(null).ignorable(),
      }),
    },
  },
);

export type DeleteTopicsRequest = Infer<typeof DeleteTopics.request>;
export type DeleteTopicsResponse = Infer<typeof DeleteTopics.response>;
export type DeleteTopicsResponseDraft = DraftOf<typeof DeleteTopics.response>;
