/** Creating and deleting topics, and adding partitions: pure decisions over an image. */
import type { Millis, Uuid } from '../../base/ids.js';
import { NO_UUID } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { ClusterImage, TopicImage } from '../image.js';
import { CLUSTER_METADATA_TOPIC, isInternalTopic } from '../internal-topics.js';
import { partitionKey, topicKey } from '../keys.js';
import type { PartitionRecord, TopicRecord } from '../records.js';
import { OPERATIONS_MAX, type Compare, type StoreChange } from '../store/store.js';
import { sizeProblem } from './configs.js';
import {
  accepted,
  type Decision,
  duplicates,
  inChunks,
  putPartition,
  putTopic,
  recordOf,
  refused,
  topicUnchanged,
} from './decision.js';
import {
  type Assigned,
  assignmentProblem,
  NEW_PARTITIONS_PER_REQUEST_MAX,
  newPartitionRecords,
  place,
  type Refusal,
  replicationProblem,
} from './new-partitions.js';
import type {
  CreatedTopic,
  CreatePartitions,
  CreateTopic,
  PartitionAssignment,
  TopicReference,
  TopicResult,
  TopicRules,
} from './requests.js';
import { collisionName, mayCollide, topicNameProblem } from './topic-names.js';

/** What chance and time contribute to a creation; drawn by the shell. */
export interface Draw {
  readonly topicId: Uuid;
  /** Any whole number from 0: where placement begins. */
  readonly start: number;
  readonly nowMs: Millis;
}

/**
 * For users: the names of the broker's own topics are refused.
 * @param draws one for each request
 */
export function decideCreateTopics(
  image: ClusterImage,
  requests: readonly CreateTopic[],
  draws: readonly Draw[],
  rules: TopicRules,
): Decision<CreatedTopic>[] {
  const twice = duplicates(requests.map(({ name }) => name));
  const budget = new PartitionBudget();
  // Names taken by earlier requests of this one call.
  const taken = new Map<string, string>();
  return requests.map((request, at) => {
    const { name } = request;
    if (twice.has(at)) {
      return notCreated(name, {
        error: ErrorCode.INVALID_REQUEST,
        message: `The request names the topic ${name} more than once.`,
      });
    }
    // Nor a name that collides with one of ours, which would keep us from making it.
    if (isInternalTopic(collisionName(name)) && image.topic(name) === undefined) {
      return notCreated(name, {
        // The code of each as Kafka has it.
        error:
          name === CLUSTER_METADATA_TOPIC ? ErrorCode.INVALID_REQUEST : ErrorCode.INVALID_TOPIC_EXCEPTION,
        message: `${collisionName(name)} is the broker's own topic: it is created when it is first needed, and not by request.`,
      });
    }
    const decision = createOne(image, request, draws[at]!, { rules, budget, taken });
    if (decision.result.error === ErrorCode.NONE) taken.set(collisionName(name), name);
    return decision;
  });
}

/** The broker's own topics; everything but the names is as for users. */
export function decideCreateInternalTopics(
  image: ClusterImage,
  requests: readonly CreateTopic[],
  draws: readonly Draw[],
  rules: TopicRules,
): Decision<CreatedTopic>[] {
  const budget = new PartitionBudget();
  return requests.map((request, at) =>
    createOne(image, request, draws[at]!, { rules, budget, taken: new Map() }),
  );
}

interface Creation {
  readonly rules: TopicRules;
  readonly budget: PartitionBudget;
  readonly taken: ReadonlyMap<string, string>;
}

function createOne(
  image: ClusterImage,
  request: CreateTopic,
  draw: Draw,
  creation: Creation,
): Decision<CreatedTopic> {
  const { name, configs } = request;
  const { rules, budget, taken } = creation;
  const bad = nameTaken(image, name, taken) ?? configsRefused(name, configs, rules);
  if (bad !== undefined) return notCreated(name, bad);
  const assigned = assign(image, request, draw, rules);
  if ('error' in assigned) return notCreated(name, assigned);
  const overdrawn = budget.take(assigned.brokers.length);
  if (overdrawn !== undefined) return notCreated(name, overdrawn);

  const record: TopicRecord = {
    id: draw.topicId,
    name,
    partitionCount: assigned.brokers.length,
    configs: new Map([...configs].sort(([a], [b]) => (a < b ? -1 : 1))),
    createdMs: draw.nowMs,
  };
  const partitions = newPartitionRecords(image, record.id, assigned);
  return {
    changes: staged(record, partitions, { key: topicKey(name), modRevision: 0 }),
    result: {
      name,
      id: record.id,
      error: ErrorCode.NONE,
      message: null,
      partitionCount: record.partitionCount,
      replicationFactor: assigned.brokers[0]!.length,
      configs: record.configs,
    },
  };
}

function nameTaken(
  image: ClusterImage,
  name: string,
  taken: ReadonlyMap<string, string>,
): Refusal | undefined {
  const problem = topicNameProblem(name);
  if (problem !== null) return { error: ErrorCode.INVALID_TOPIC_EXCEPTION, message: problem };
  if (image.topic(name) !== undefined) {
    return { error: ErrorCode.TOPIC_ALREADY_EXISTS, message: `The topic ${name} exists already.` };
  }
  const other = mayCollide(name)
    ? (taken.get(collisionName(name)) ?? collidingTopic(image, name))
    : undefined;
  if (other === undefined) return undefined;
  return {
    error: ErrorCode.INVALID_TOPIC_EXCEPTION,
    message: `The topic name ${name} collides with the topic ${other}: they differ only in "." and "_", which metrics do not tell apart.`,
  };
}

/** A walk over all names, which is cheap beside the sync that a creation costs, and needs no second index of names. */
function collidingTopic(image: ClusterImage, name: string): string | undefined {
  const form = collisionName(name);
  for (const other of image.topics.keys())
    if (mayCollide(other) && collisionName(other) === form) return other;
  return undefined;
}

function configsRefused(
  name: string,
  configs: CreateTopic['configs'],
  rules: TopicRules,
): Refusal | undefined {
  const problem = sizeProblem(configs) ?? rules.configsProblem(name, configs);
  return problem === undefined ? undefined : { error: ErrorCode.INVALID_CONFIG, message: problem };
}

function assign(
  image: ClusterImage,
  request: CreateTopic,
  { start }: Draw,
  rules: TopicRules,
): Assigned | Refusal {
  if (request.assignments.length > 0) return assignByHand(image, request);
  const { partitionCount, replicationFactor } = request;
  const count = partitionCount === -1 ? rules.defaultPartitionCount() : partitionCount;
  if (count < 1) {
    return {
      error: ErrorCode.INVALID_PARTITIONS,
      message: `The number of partitions must be 1 or more, or -1 for the broker's default; it is ${count}.`,
    };
  }
  // Before anything is placed: the number is the client's.
  if (count > NEW_PARTITIONS_PER_REQUEST_MAX) return tooManyPartitions();
  const factor = replicationFactor === -1 ? rules.defaultReplicationFactor() : replicationFactor;
  const problem = replicationProblem(image, factor);
  return problem ?? place(image, { firstIndex: 0, count, replicationFactor: factor }, start);
}

function assignByHand(
  image: ClusterImage,
  { assignments, partitionCount, replicationFactor }: CreateTopic,
): Assigned | Refusal {
  if (partitionCount !== -1 || replicationFactor !== -1) {
    return {
      error: ErrorCode.INVALID_REQUEST,
      message:
        'With replicas assigned by hand, the number of partitions and the replication factor must both be -1.',
    };
  }
  const sorted = [...assignments].sort((a: PartitionAssignment, b: PartitionAssignment) => a.index - b.index);
  const gap = sorted.findIndex(({ index }, at) => index !== at);
  if (gap >= 0) {
    return {
      error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      message: `The assigned partitions must be 0 to ${sorted.length - 1}, each once; ${gap} is missing.`,
    };
  }
  const brokers = sorted.map((assignment) => assignment.brokers);
  return assignmentProblem(image, brokers, brokers[0]!.length) ?? { firstIndex: 0, brokers };
}

/** One request may not fill the cluster: Kafka's bound, and Kafka's code for it. */
class PartitionBudget {
  #left = NEW_PARTITIONS_PER_REQUEST_MAX;

  take(count: number): Refusal | undefined {
    if (count > this.#left) return tooManyPartitions();
    this.#left -= count;
    return undefined;
  }
}

function tooManyPartitions(): Refusal {
  return {
    error: ErrorCode.POLICY_VIOLATION,
    message: `One request may create at most ${NEW_PARTITIONS_PER_REQUEST_MAX} partitions.`,
  };
}

export function notCreated(name: string, { error, message }: Refusal): Decision<CreatedTopic> {
  const nothing = { partitionCount: -1, replicationFactor: -1, configs: new Map<string, string>() };
  return { changes: [], result: { name, id: NO_UUID, error, message, ...nothing } };
}

/**
 * The topic's key together with its new partitions where they fit into one change; else the partitions first, invisible, and the
 * key last. `guard` is about the topic's key: a stage is not even written for a topic that is not as it was.
 */
function staged(record: TopicRecord, partitions: readonly PartitionRecord[], guard: Compare): StoreChange[] {
  const compares = [guard];
  if (partitions.length < OPERATIONS_MAX) {
    return [{ compares, puts: [...partitions.map(putPartition), putTopic(record)], deletes: [] }];
  }
  const stages = inChunks(partitions).map((chunk) => ({
    compares,
    puts: chunk.map(putPartition),
    deletes: [],
  }));
  return [...stages, { compares, puts: [putTopic(record)], deletes: [] }];
}

export function decideDeleteTopics(
  image: ClusterImage,
  topics: readonly TopicReference[],
): Decision<TopicResult>[] {
  const found = topics.map((reference) =>
    'id' in reference ? image.topicById(reference.id) : image.topic(reference.name),
  );
  const twice = duplicates(found.map((topic, at) => topic?.id ?? `unknown ${at}`));
  return topics.map((reference, at) => {
    const topic = found[at];
    if (topic === undefined) return unknownTopic(reference);
    if (twice.has(at))
      return refused(
        topic,
        ErrorCode.INVALID_REQUEST,
        `The request names the topic ${topic.name} more than once.`,
      );
    if (isInternalTopic(topic.name)) {
      const message = `${topic.name} is the broker's own topic and cannot be deleted by request.`;
      return refused(topic, ErrorCode.INVALID_TOPIC_EXCEPTION, message);
    }
    return accepted(topic, deletion(topic));
  });
}

function unknownTopic(reference: TopicReference): Decision<TopicResult> {
  if ('id' in reference) {
    const named = { name: '', id: reference.id };
    return refused(named, ErrorCode.UNKNOWN_TOPIC_ID, `There is no topic with the id ${reference.id}.`);
  }
  return refused(
    reference,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    `There is no topic called ${JSON.stringify(reference.name)}.`,
  );
}

/** The key goes first, with as many partitions as fit; from then on the topic is gone, and the rest are strays. */
function deletion(topic: TopicImage): StoreChange[] {
  const keys = [topicKey(topic.name), ...topic.partitions.map(({ index }) => partitionKey(topic.id, index))];
  return inChunks(keys).map((deletes, at) => ({
    compares: at === 0 ? [topicUnchanged(topic)] : [],
    puts: [],
    deletes,
  }));
}

/** Removes partitions whose topic has no key: what a broken-off creation or deletion has left. */
export function decideSweep(strays: ReadonlyMap<Uuid, readonly number[]>): StoreChange[] {
  const keys = [...strays].flatMap(([topicId, indexes]) =>
    indexes.map((index) => partitionKey(topicId, index)),
  );
  return inChunks(keys).map((deletes) => ({ compares: [], puts: [], deletes }));
}

/** @param starts one for each request: where placement begins */
export function decideCreatePartitions(
  image: ClusterImage,
  requests: readonly CreatePartitions[],
  starts: readonly number[],
): Decision<TopicResult>[] {
  const twice = duplicates(requests.map(({ name }) => name));
  const budget = new PartitionBudget();
  return requests.map((request, at) => {
    const { name } = request;
    const topic = image.topic(name);
    if (topic === undefined) return unknownTopic(request);
    if (twice.has(at))
      return refused(topic, ErrorCode.INVALID_REQUEST, `The request names the topic ${name} more than once.`);
    if (isInternalTopic(name)) {
      const message = `${name} is the broker's own topic: with more partitions, what it holds would not be found again.`;
      return refused(topic, ErrorCode.INVALID_TOPIC_EXCEPTION, message);
    }
    const added = addedPartitions(image, topic, request, starts[at]!);
    if ('error' in added) return refused(topic, added.error, added.message);
    const overdrawn = budget.take(added.brokers.length);
    if (overdrawn !== undefined) return refused(topic, overdrawn.error, overdrawn.message);
    const record: TopicRecord = { ...recordOf(topic), partitionCount: request.partitionCount };
    return accepted(
      topic,
      staged(record, newPartitionRecords(image, topic.id, added), topicUnchanged(topic)),
    );
  });
}

function addedPartitions(
  image: ClusterImage,
  topic: TopicImage,
  { partitionCount, assignments }: CreatePartitions,
  start: number,
): Assigned | Refusal {
  const firstIndex = topic.partitions.length;
  const count = partitionCount - firstIndex;
  if (count <= 0) {
    return {
      error: ErrorCode.INVALID_PARTITIONS,
      message: `The topic ${topic.name} has ${firstIndex} partition(s); ${partitionCount} would not be more, and partitions cannot be taken away.`,
    };
  }
  if (count > NEW_PARTITIONS_PER_REQUEST_MAX) return tooManyPartitions();
  const replicationFactor = topic.partitions[0]!.replicas.length;
  if (assignments === null) {
    const problem = replicationProblem(image, replicationFactor);
    return problem ?? place(image, { firstIndex, count, replicationFactor }, start);
  }
  if (assignments.length !== count) {
    return {
      error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      message: `The request adds ${count} partition(s) and assigns ${assignments.length}.`,
    };
  }
  return assignmentProblem(image, assignments, replicationFactor) ?? { firstIndex, brokers: assignments };
}
