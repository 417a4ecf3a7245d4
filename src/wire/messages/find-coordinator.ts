/**
 * FindCoordinator (key 10): which broker coordinates a group or a transactional id.
 *
 * 1 adds the key type (0 group, 1 transaction), the throttle time and error messages. 2 changes when
 * throttled answers leave. 3 is flexible. 4 asks for many keys at once and answers for each (KIP-699).
 * 5 may answer TRANSACTION_ABORTABLE (KIP-890), 6 knows a third key type, 2 for share groups (KIP-932).
 */
import { brokerId, durationMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int8, int16, int32, string } from '../schema.js';

export const FindCoordinator = api(
  'FindCoordinator',
  { key: 10, versions: '0-6', flexible: 3 },
  {
    request: {
      key: string.in('0-3'),
      keyType: int8.in('1+'),
      coordinatorKeys: array(string).in('4+'),
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      errorCode: int16.in('0-3'),
      errorMessage: string.in('1-3').nullable('1-3').ignorable(),
      nodeId: brokerId.in('0-3'),
      host: string.in('0-3'),
      port: int32.in('0-3'),
      coordinators: array({
        key: string,
        nodeId: brokerId,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: string.nullable('4+').ignorable(),
      }).in('4+'),
    },
  },
);

export type FindCoordinatorRequest = Infer<typeof FindCoordinator.request>;
export type FindCoordinatorResponse = Infer<typeof FindCoordinator.response>;
export type FindCoordinatorResponseDraft = DraftOf<typeof FindCoordinator.response>;
