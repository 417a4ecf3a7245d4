/**
 * Topics that the broker keeps for itself. Clients read them as others; they may not create, grow or delete them over the wire.
 * (Kafka lets an admin do all three. We refuse, INVALID_TOPIC_EXCEPTION: deleting or growing `__consumer_offsets` moves groups
 * to partitions that have never heard of them, which loses committed offsets, and a creation by hand may not have the
 * settings that compaction of it needs. The broker makes them itself when they are first needed.)
 */

/** Committed offsets and members of groups. */
export const CONSUMER_OFFSETS_TOPIC = '__consumer_offsets';
/** States of transactional producers. */
export const TRANSACTION_STATE_TOPIC = '__transaction_state';
/** Kafka's own metadata log. We have none; the name stays reserved, since tools take it for that. */
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata';

export function isInternalTopic(name: string): boolean {
  return (
    name === CONSUMER_OFFSETS_TOPIC || name === TRANSACTION_STATE_TOPIC || name === CLUSTER_METADATA_TOPIC
  );
}
