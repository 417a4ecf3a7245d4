/**
 * InitProducerId (key 22): a producer id and epoch for idempotent and transactional producers (KIP-98).
 *
 * 1 changes when throttled answers leave. 2 is flexible. 3 lets a producer name the id and epoch it has, so
 * that it can go on after an error (KIP-360). 4 may answer PRODUCER_FENCED, 5 TRANSACTION_ABORTABLE
 * (KIP-890).
 */
import { durationMs, producerEpoch, producerId } from '../flavours.js';
import { api, type DraftOf, type Infer, int16, string } from '../schema.js';

export const InitProducerId = api(
  'InitProducerId',
  { key: 22, versions: '0-5', flexible: 2 },
  {
    request: {
      transactionalId: string.nullable(),
      transactionTimeoutMs: durationMs,
      producerId: producerId.in('3+').default(-1),
      producerEpoch: producerEpoch.in('3+').default(-1),
    },
    response: {
      throttleTimeMs: durationMs.ignorable(),
      errorCode: int16,
      producerId: producerId.default(-1),
      producerEpoch,
    },
  },
);

export type InitProducerIdRequest = Infer<typeof InitProducerId.request>;
export type InitProducerIdResponse = Infer<typeof InitProducerId.response>;
export type InitProducerIdResponseDraft = DraftOf<typeof InitProducerId.response>;
