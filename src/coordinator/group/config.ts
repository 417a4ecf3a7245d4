import { INT32_MAX, type Millis } from '../../base/ids.js';

/** The settings that act on groups. Kafka's name of each stands beside it; without one, the bound is ours. */
export interface GroupConfig {
  /** `group.initial.rebalance.delay.ms`: how long the first rebalance of an empty group waits for more members; extended while they come. */
  readonly initialRebalanceDelayMs: Millis;
  /** `group.min.session.timeout.ms` */
  readonly sessionTimeoutMsMin: Millis;
  /** `group.max.session.timeout.ms` */
  readonly sessionTimeoutMsMax: Millis;
  /** `group.max.size` */
  readonly membersMax: number;
  /** Member ids handed out (KIP-394) and not yet used, in one group. */
  readonly pendingMembersMax: number;
  /** How long a join of a member that has no session yet may be parked (Kafka's constant of 5 minutes). */
  readonly newMemberJoinTimeoutMs: Millis;
  /** `offset.metadata.max.bytes`: of the string committed with an offset; counted, as in Kafka, in UTF-16 units. */
  readonly offsetMetadataMax: number;
  /** `offsets.retention.minutes`, in ms: how long offsets outlive their group's last member. */
  readonly offsetsRetentionMs: Millis;
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: Millis;
  /** Once so many offsets have expired in one turn of the event loop, the rest waits for the next. */
  readonly tombstonesPerTurnMax: number;
  /** Once so many offsets and groups have been looked at in one turn, whether they have expired, the rest waits for the next. */
  readonly expiryLooksPerTurnMax: number;
}

/** What decisions depend on beside state, event and settings: facts of the moment, which no record tells and nobody waits for. */
export interface GroupFacts {
  /** What a record may take, key and value: the offsets topic's `max.message.bytes` and `segment.bytes` bound it. */
  recordBytesMax(): number;
  /** Whether the cluster has a topic of that name. */
  topicExists(topic: string): boolean;
}

const MINUTE_MS = 60_000;

export const DEFAULT_GROUP_CONFIG: GroupConfig = {
  initialRebalanceDelayMs: 3000,
  sessionTimeoutMsMin: 6000,
  sessionTimeoutMsMax: 30 * MINUTE_MS,
  membersMax: INT32_MAX,
  pendingMembersMax: 10_000,
  newMemberJoinTimeoutMs: 5 * MINUTE_MS,
  offsetMetadataMax: 4096,
  offsetsRetentionMs: 7 * 24 * 60 * MINUTE_MS,
  offsetsRetentionCheckIntervalMs: 10 * MINUTE_MS,
  tombstonesPerTurnMax: 2000,
  expiryLooksPerTurnMax: 10_000,
};
