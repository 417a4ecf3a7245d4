/**
 * Kafka's error codes: one table of name, code, whether the same request may succeed when sent again, and a
 * sentence for people. Errors travel as values, per partition, topic or group; they are never thrown as such.
 */
import { assert } from '../base/assert.js';

interface KnownError<Code extends number = number> {
  readonly code: Code;
  readonly retriable: boolean;
  readonly message: string;
}

function retriable<const Code extends number>(code: Code, message: string): KnownError<Code> {
  return { code, retriable: true, message };
}

function final<const Code extends number>(code: Code, message: string): KnownError<Code> {
  return { code, retriable: false, message };
}

// biome-ignore format: a table
const ERRORS = {
  UNKNOWN_SERVER_ERROR: final(-1, 'The server met an error it did not expect; its log says which.'),
  NONE: final(0, 'No error.'),
  OFFSET_OUT_OF_RANGE: final(1, 'The offset lies before the start or after the end of the log.'),
  CORRUPT_MESSAGE: retriable(2, 'A record batch does not match its checksum, or its size or fields make no sense.'),
  UNKNOWN_TOPIC_OR_PARTITION: retriable(3, 'This broker has no such topic or partition.'),
  INVALID_FETCH_SIZE: final(4, 'The number of bytes asked for makes no sense.'),
  LEADER_NOT_AVAILABLE: retriable(5, 'The partition has no leader at the moment.'),
  NOT_LEADER_OR_FOLLOWER: retriable(6, 'This broker does not lead the partition, or holds no replica of it.'),
  REQUEST_TIMED_OUT: retriable(7, 'The request was not completed in the time it allowed.'),
  BROKER_NOT_AVAILABLE: final(8, 'The broker is not available.'),
  REPLICA_NOT_AVAILABLE: retriable(9, 'The replica is not available on this broker.'),
  MESSAGE_TOO_LARGE: final(10, 'A record batch is larger than max.message.bytes allows.'),
  STALE_CONTROLLER_EPOCH: final(11, 'The request comes from a controller that has been replaced.'),
  OFFSET_METADATA_TOO_LARGE: final(12, 'The metadata of a committed offset is too long.'),
  NETWORK_EXCEPTION: retriable(13, 'The connection ended before the answer came.'),
  COORDINATOR_LOAD_IN_PROGRESS: retriable(14, 'The coordinator is still loading its state.'),
  COORDINATOR_NOT_AVAILABLE: retriable(15, 'No coordinator is available at the moment.'),
  NOT_COORDINATOR: retriable(16, 'This broker does not coordinate that group or transactional id.'),
  INVALID_TOPIC_EXCEPTION: final(17, 'The topic name is not legal, or the topic may not be used this way.'),
  RECORD_LIST_TOO_LARGE: final(18, 'The record batch is larger than a segment.'),
  NOT_ENOUGH_REPLICAS: retriable(19, 'Fewer replicas are in sync than min.insync.replicas asks for; nothing was written.'),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retriable(20, 'The batch was written, but fewer replicas are in sync than min.insync.replicas asks for.'),
  INVALID_REQUIRED_ACKS: final(21, 'acks must be -1, 0 or 1.'),
  ILLEGAL_GENERATION: final(22, "The generation is not the group's current one."),
  INCONSISTENT_GROUP_PROTOCOL: final(23, 'The member shares no protocol, or not the protocol type, with the group.'),
  INVALID_GROUP_ID: final(24, 'The group id is not legal.'),
  UNKNOWN_MEMBER_ID: final(25, 'The group has no such member.'),
  INVALID_SESSION_TIMEOUT: final(26, 'The session timeout lies outside the bounds that the broker sets.'),
  REBALANCE_IN_PROGRESS: final(27, 'The group is rebalancing: join again.'),
  INVALID_COMMIT_OFFSET_SIZE: final(28, 'The offsets to commit do not fit into one record batch.'),
  TOPIC_AUTHORIZATION_FAILED: final(29, 'Not authorised for this topic.'),
  GROUP_AUTHORIZATION_FAILED: final(30, 'Not authorised for this group.'),
  CLUSTER_AUTHORIZATION_FAILED: final(31, 'Not authorised for this cluster.'),
  INVALID_TIMESTAMP: final(32, "A record's timestamp lies outside the bounds of the topic, or its type is not for a client to choose."),
  UNSUPPORTED_SASL_MECHANISM: final(33, 'The broker does not offer this SASL mechanism.'),
  ILLEGAL_SASL_STATE: final(34, 'The request does not fit the state of the SASL exchange.'),
  UNSUPPORTED_VERSION: final(35, 'The broker does not speak this version of the API.'),
  TOPIC_ALREADY_EXISTS: final(36, 'A topic of this name exists already.'),
  INVALID_PARTITIONS: final(37, 'The number of partitions is not legal.'),
  INVALID_REPLICATION_FACTOR: final(38, 'The replication factor is below 1 or above the number of brokers.'),
  INVALID_REPLICA_ASSIGNMENT: final(39, 'The replica assignment is not legal.'),
  INVALID_CONFIG: final(40, 'A setting is unknown, or its value is not legal.'),
  NOT_CONTROLLER: retriable(41, 'This broker is not the controller.'),
  INVALID_REQUEST: final(42, 'The request contradicts itself or the protocol.'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: final(43, 'The record format of the topic does not support this.'),
  POLICY_VIOLATION: final(44, 'A policy of the broker forbids this.'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: final(45, 'The batch does not follow the last one that this producer wrote to the partition.'),
  DUPLICATE_SEQUENCE_NUMBER: final(46, 'The batch has been written before.'),
  INVALID_PRODUCER_EPOCH: final(47, 'A newer epoch of this producer has written already.'),
  INVALID_TXN_STATE: final(48, 'The state of the transaction does not allow this.'),
  INVALID_PRODUCER_ID_MAPPING: final(49, 'The producer id is not the one of this transactional id.'),
  INVALID_TRANSACTION_TIMEOUT: final(50, 'The transaction timeout exceeds transaction.max.timeout.ms.'),
  CONCURRENT_TRANSACTIONS: retriable(51, 'Another operation on this transaction is still under way.'),
  TRANSACTION_COORDINATOR_FENCED: final(52, 'The marker comes from a transaction coordinator that has been replaced.'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: final(53, 'Not authorised for this transactional id.'),
  SECURITY_DISABLED: final(54, 'The broker has no security features enabled.'),
  OPERATION_NOT_ATTEMPTED: final(55, 'Not tried, since another operation of the same request failed.'),
  KAFKA_STORAGE_ERROR: retriable(56, "The broker's disk failed while it read or wrote the log."),
  LOG_DIR_NOT_FOUND: final(57, 'The broker has no such log directory.'),
  SASL_AUTHENTICATION_FAILED: final(58, 'SASL authentication failed.'),
  UNKNOWN_PRODUCER_ID: final(59, 'The broker remembers nothing of this producer id.'),
  REASSIGNMENT_IN_PROGRESS: final(60, "The partition's replicas are being reassigned."),
  DELEGATION_TOKEN_AUTH_DISABLED: final(61, 'Delegation tokens are not enabled.'),
  DELEGATION_TOKEN_NOT_FOUND: final(62, 'The broker knows no such delegation token.'),
  DELEGATION_TOKEN_OWNER_MISMATCH: final(63, 'The delegation token belongs to somebody else.'),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: final(64, 'Delegation tokens are not handed out over this kind of connection.'),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: final(65, 'Not authorised for this delegation token.'),
  DELEGATION_TOKEN_EXPIRED: final(66, 'The delegation token has expired.'),
  INVALID_PRINCIPAL_TYPE: final(67, 'The kind of principal is not supported.'),
  NON_EMPTY_GROUP: final(68, 'The group still has members.'),
  GROUP_ID_NOT_FOUND: final(69, 'There is no such group.'),
  FETCH_SESSION_ID_NOT_FOUND: retriable(70, 'There is no such fetch session.'),
  INVALID_FETCH_SESSION_EPOCH: retriable(71, 'The epoch is not the next one of this fetch session.'),
  LISTENER_NOT_FOUND: retriable(72, 'The leader has no listener of the kind that the request came through.'),
  TOPIC_DELETION_DISABLED: final(73, 'The broker does not allow topics to be deleted.'),
  FENCED_LEADER_EPOCH: retriable(74, "The leader epoch is older than the broker's."),
  UNKNOWN_LEADER_EPOCH: retriable(75, "The leader epoch is newer than the broker's."),
  UNSUPPORTED_COMPRESSION_TYPE: final(76, 'This version of the API does not know the compression of the records.'),
  STALE_BROKER_EPOCH: final(77, 'The broker has registered again since.'),
  OFFSET_NOT_AVAILABLE: retriable(78, 'The new leader does not know the high watermark yet.'),
  MEMBER_ID_REQUIRED: final(79, 'Join again with the member id given in this answer.'),
  PREFERRED_LEADER_NOT_AVAILABLE: retriable(80, 'The preferred leader is not available.'),
  GROUP_MAX_SIZE_REACHED: final(81, 'The group has as many members as the broker allows.'),
  FENCED_INSTANCE_ID: final(82, 'Another member has taken over this instance id.'),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: retriable(83, 'No replica that may lead the partition is available.'),
  ELECTION_NOT_NEEDED: retriable(84, 'The partition has the leader that the election would give it.'),
  NO_REASSIGNMENT_IN_PROGRESS: final(85, "The partition's replicas are not being reassigned."),
  GROUP_SUBSCRIBED_TO_TOPIC: final(86, 'Members of the group subscribe to this topic, so its offsets stay.'),
  INVALID_RECORD: final(87, 'A record breaks a rule of the format or of its topic.'),
  UNSTABLE_OFFSET_COMMIT: retriable(88, 'An offset is part of a transaction that is still open.'),
  THROTTLING_QUOTA_EXCEEDED: retriable(89, 'The quota for such changes is used up for now.'),
  PRODUCER_FENCED: final(90, 'A newer producer with this transactional id has taken over.'),
  RESOURCE_NOT_FOUND: final(91, 'There is nothing of that name.'),
  DUPLICATE_RESOURCE: final(92, 'The request names the same thing twice.'),
  UNACCEPTABLE_CREDENTIAL: final(93, "The credential does not meet the broker's rules."),
  INCONSISTENT_VOTER_SET: final(94, 'Sender and receiver disagree about who votes.'),
  INVALID_UPDATE_VERSION: final(95, 'The version to update to is not legal.'),
  FEATURE_UPDATE_FAILED: final(96, 'The features could not be updated.'),
  PRINCIPAL_DESERIALIZATION_FAILURE: final(97, 'The principal of a forwarded request cannot be read.'),
  SNAPSHOT_NOT_FOUND: final(98, 'There is no such snapshot.'),
  POSITION_OUT_OF_RANGE: final(99, 'The position lies outside the snapshot.'),
  UNKNOWN_TOPIC_ID: retriable(100, 'This broker has no topic with that id.'),
  DUPLICATE_BROKER_REGISTRATION: final(101, 'A live broker is registered under this id.'),
  BROKER_ID_NOT_REGISTERED: final(102, 'No broker is registered under this id.'),
  INCONSISTENT_TOPIC_ID: retriable(103, 'The log belongs to a topic of the same name and another id.'),
  INCONSISTENT_CLUSTER_ID: final(104, 'The request is meant for another cluster.'),
  TRANSACTIONAL_ID_NOT_FOUND: final(105, 'There is no such transactional id.'),
  FETCH_SESSION_TOPIC_ID_ERROR: retriable(106, 'A fetch session uses topic names or topic ids, not both.'),
  INELIGIBLE_REPLICA: final(107, 'The replica may not join the in-sync replicas.'),
  NEW_LEADER_ELECTED: final(108, 'The change made another broker the leader.'),
  OFFSET_MOVED_TO_TIERED_STORAGE: final(109, "The offset is no longer on the broker's own disk."),
  FENCED_MEMBER_EPOCH: final(110, "The member's epoch is no longer valid: join again."),
  UNRELEASED_INSTANCE_ID: final(111, 'A member that has not left yet holds this instance id.'),
  UNSUPPORTED_ASSIGNOR: final(112, 'The broker or the group does not know this assignor.'),
  STALE_MEMBER_EPOCH: final(113, "The member's epoch is out of date: take the next heartbeat's and try again."),
  MISMATCHED_ENDPOINT_TYPE: final(114, 'The request was sent to the wrong kind of endpoint.'),
  UNSUPPORTED_ENDPOINT_TYPE: final(115, 'The broker does not know this kind of endpoint.'),
  UNKNOWN_CONTROLLER_ID: final(116, 'There is no controller with this id.'),
  UNKNOWN_SUBSCRIPTION_ID: final(117, 'The telemetry subscription is out of date: ask for the new one.'),
  TELEMETRY_TOO_LARGE: final(118, 'The telemetry is larger than the broker accepts.'),
  INVALID_REGISTRATION: final(119, "The controller does not accept the broker's registration."),
  TRANSACTION_ABORTABLE: final(120, 'The transaction can only be aborted; after that, go on with the next.'),
  INVALID_RECORD_STATE: final(121, 'The state of the record does not allow this acknowledgement.'),
  SHARE_SESSION_NOT_FOUND: retriable(122, 'There is no such share session.'),
  INVALID_SHARE_SESSION_EPOCH: retriable(123, 'The epoch is not the next one of this share session.'),
  FENCED_STATE_EPOCH: final(124, "The state epoch is not the share coordinator's."),
  INVALID_VOTER_KEY: final(125, "The voter's key is not that of the replica that received the request."),
  DUPLICATE_VOTER: final(126, 'The voter is in the voter set already.'),
  VOTER_NOT_FOUND: final(127, 'The voter is not in the voter set.'),
  INVALID_REGULAR_EXPRESSION: final(128, 'The regular expression is not legal.'),
  REBOOTSTRAP_REQUIRED: final(129, "The client's metadata is out of date: start again from the bootstrap addresses."),
  STREAMS_INVALID_TOPOLOGY: final(130, 'The topology is not legal.'),
  STREAMS_INVALID_TOPOLOGY_EPOCH: final(131, "The topology's epoch is not legal."),
  STREAMS_TOPOLOGY_FENCED: final(132, "The topology's epoch is out of date."),
  SHARE_SESSION_LIMIT_REACHED: retriable(133, 'The broker has as many share sessions as it allows.'),
} as const;

export type ErrorName = keyof typeof ERRORS;
type CodeByName = { readonly [Name in ErrorName]: (typeof ERRORS)[Name]['code'] };

/** `ErrorCode.NOT_COORDINATOR` is 16. */
export const ErrorCode: CodeByName = Object.fromEntries(
  Object.entries(ERRORS).map(([name, { code }]) => [name, code]),
) as CodeByName;
export type ErrorCode = CodeByName[ErrorName];

const BY_CODE: ReadonlyMap<number, KnownError & { readonly name: string }> = new Map(
  Object.entries(ERRORS).map(([name, error]) => [error.code, { name, ...error }]),
);
assert(BY_CODE.size === Object.keys(ERRORS).length, 'no two errors have the same code');

/** `NOT_COORDINATOR` of 16; `ERROR_999` of a code that a newer broker may send. */
export function errorName(code: number): string {
  return BY_CODE.get(code)?.name ?? `ERROR_${code}`;
}

/**
 * Whether the same request may succeed when sent again, to this broker or to another one. Unknown codes: no.
 */
export function isRetriable(code: number): boolean {
  return BY_CODE.get(code)?.retriable ?? false;
}

/** One sentence for people. */
export function errorMessage(code: number): string {
  return (
    BY_CODE.get(code)?.message ??
    `The broker answered with the error ${code}, which this version does not know.`
  );
}
