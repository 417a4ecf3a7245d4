/**
 * CreateTopics (key 19).
 *
 * 2 is the oldest still in use, with the throttle time; 3 changes when throttled answers leave. From 4 on −1
 * asks for the broker's default of partitions and replicas (KIP-464). 5 is flexible and answers with the
 * topic's configuration (KIP-525). 6 may answer THROTTLING_QUOTA_EXCEEDED (KIP-599). 7 answers with the topic
 * id.
 */
import { brokerId, durationMs, partitionIndex } from '../flavours.js';
import {
  api,
  array,
  boolean,
  type DraftOf,
  type Infer,
  int8,
  int16,
  int32,
  string,
  uuid,
} from '../schema.js';

export const CreateTopics = api(
  'CreateTopics',
  { key: 19, versions: '2-7', flexible: 5 },
  {
    request: {
      topics: array({
        name: string,
        numPartitions: int32,
        replicationFactor: int16,
        assignments: array({ partitionIndex, brokerIds: array(brokerId) }),
        configs: array({ name: string, value: string.nullable() }),
      }),
      timeoutMs: durationMs.default(60_000),
      validateOnly: boolean.in('1+'),
    },
    response: {
      throttleTimeMs: durationMs.in('2+').ignorable(),
      topics: array({
        name: string,
        topicId: uuid.in('7+').ignorable(),
        errorCode: int16,
        errorMessage: string.in('1+').nullable().ignorable(),
        topicConfigErrorCode: int16.in('5+').tag(0).ignorable(),
        numPartitions: int32.in('5+').default(-1).ignorable(),
        replicationFactor: int16.in('5+').default(-1).ignorable(),
        configs: array({
          name: string,
          value: string.nullable('5+'),
          readOnly: boolean,
          configSource: int8.default(-1).ignorable(),
          isSensitive: boolean,
        })
          .in('5+')
          .nullable('5+')
          .ignorable(),
      }),
    },
  },
);

export type CreateTopicsRequest = Infer<typeof CreateTopics.request>;
export type CreateTopicsResponse = Infer<typeof CreateTopics.response>;
export type CreateTopicsResponseDraft = DraftOf<typeof CreateTopics.response>;
