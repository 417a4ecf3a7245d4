/**
 * Heartbeat (key 12): a member of a classic group is alive, and hears of rebalances.
 *
 * 1 adds the throttle time, 2 changes when throttled answers leave, 3 adds static members (KIP-345), 4 is
 * flexible.
 */
import { durationMs, generationId } from '../flavours.js';
import { api, type DraftOf, type Infer, int16, string } from '../schema.js';

export const Heartbeat = api(
  'Heartbeat',
  { key: 12, versions: '0-4', flexible: 4 },
  {
    request: {
      groupId: string,
      generationId,
      memberId: string,
      groupInstanceId: string.in('3+').nullable('3+').default(null),
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      errorCode: int16,
    },
  },
);

export type HeartbeatRequest = Infer<typeof Heartbeat.request>;
export type HeartbeatResponse = Infer<typeof Heartbeat.response>;
export type HeartbeatResponseDraft = DraftOf<typeof Heartbeat.response>;
