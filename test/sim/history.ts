/**
 * What the broker was asked and what it promised, kept outside of it, so that it can be held to its word.
 *
 * A record is named by who sent it, where to, and the how manieth it was: its bytes follow from the name, so a record found in a
 * log can be checked without having been kept.
 */
import type { LeaderEpoch, Offset, PartitionIndex, ProducerId, Uuid } from '../../src/base/ids.js';
import { Violation } from './world.js';

/** One life of a topic's name, from the first request to create it to the end of its deletion. */
export class TopicLife {
  readonly serial: number;
  readonly name: string;
  readonly partitions: readonly PartitionHistory[];
  /** `asked`: a creation was sent and not answered. `leaving`: the same of its deletion. */
  state: 'asked' | 'there' | 'leaving' | 'gone' = 'asked';
  id: Uuid | null = null;

  constructor(serial: number, name: string, partitionCount: number) {
    this.serial = serial;
    this.name = name;
    this.partitions = Array.from({ length: partitionCount }, (_, index) => new PartitionHistory(name, index));
  }
}

export class PartitionHistory {
  readonly topic: string;
  readonly index: PartitionIndex;
  /** Records that were acknowledged, or shown to a reader, by offset: they stay, and stay there. */
  readonly #promised = new Map<Offset, string>();
  #promisedEnd: Offset = 0;
  /** The newest that was seen, and in which life of the broker. */
  leaderEpoch: LeaderEpoch = -1;
  leaderEpochOfLife = -1;

  constructor(topic: string, index: PartitionIndex) {
    this.topic = topic;
    this.index = index;
  }

  /** Nothing below it may be missing, ever. */
  get promisedEnd(): Offset {
    return this.#promisedEnd;
  }

  get promisedCount(): number {
    return this.#promised.size;
  }

  promisedAt(offset: Offset): string | undefined {
    return this.#promised.get(offset);
  }

  /** @throws Violation when another record was promised there */
  promise(offset: Offset, record: string, how: string): void {
    const before = this.#promised.get(offset);
    if (before !== undefined && before !== record) {
      throw new Violation(
        `${this.topic}-${this.index}@${offset} is ${record} (${how}), and was promised to ${before}`,
      );
    }
    this.#promised.set(offset, record);
    this.#promisedEnd = Math.max(this.#promisedEnd, offset + 1);
  }
}

/** What a producer sent to one partition. */
export interface Sent {
  readonly producer: number;
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Records begun so far: those numbered from 0 to `count` − 1. */
  count: number;
}

/** A producer's promise to itself: what duplicates and order its records may show. */
export type Delivery =
  /** Idempotent: once each, in order, without a gap. */
  | 'once'
  /** One request under way at a time: in order, some perhaps more than once, and after a crash of an unsynced log some missing. */
  | 'in order';

export interface ProducerHistory {
  readonly serial: number;
  readonly delivery: Delivery;
  readonly recordBytes: number;
  readonly sent: ReadonlyMap<PartitionIndex, Sent>;
  readonly topic: TopicLife;
}

export interface CommitHistory {
  readonly group: string;
  readonly topic: TopicLife;
  readonly partition: PartitionIndex;
  /** Positions rise by one with each commit; one is under way at a time. −1: none. */
  acknowledged: Offset;
  asked: Offset;
}

export class History {
  readonly topics: TopicLife[] = [];
  readonly producers: ProducerHistory[] = [];
  readonly commits: CommitHistory[] = [];
  readonly #producerIds = new Set<ProducerId>();

  topicAsked(name: string, partitionCount: number): TopicLife {
    const life = new TopicLife(this.topics.length, name, partitionCount);
    this.topics.push(life);
    return life;
  }

  get topicsThere(): TopicLife[] {
    return this.topics.filter(({ state }) => state === 'there');
  }

  /** Those of one position; none yet when it is first asked for. */
  commitsOf(group: string, topic: TopicLife, partition: PartitionIndex): CommitHistory {
    const known = this.commits.find((each) => each.group === group && each.partition === partition);
    if (known !== undefined) return known;
    const commits = { group, topic, partition, acknowledged: -1, asked: -1 };
    this.commits.push(commits);
    return commits;
  }

  /** @throws Violation when somebody else was given it */
  producerIdGiven(id: ProducerId): void {
    if (this.#producerIds.has(id)) throw new Violation(`producer id ${id} was given away twice`);
    this.#producerIds.add(id);
  }
}

/** `p4/2#17`: producer 4, partition 2, its 18th record there. */
export function recordName(producer: number, partition: PartitionIndex, number: number): string {
  return `p${producer}/${partition}#${number}`;
}

export interface RecordName {
  readonly producer: number;
  readonly partition: PartitionIndex;
  readonly number: number;
}

export function parseRecordName(name: string): RecordName | undefined {
  const match = /^p(\d+)\/(\d+)#(\d+)$/.exec(name);
  if (match === null) return undefined;
  return { producer: Number(match[1]), partition: Number(match[2]), number: Number(match[3]) };
}

/** The value of that record: as many bytes as its number wills, up to `bytesMax`. */
export function recordValue(name: string, bytesMax: number): Buffer {
  let hash = 7;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  const value = Buffer.alloc((hash >>> 1) % (bytesMax + 1));
  for (let at = 0; at < value.length; at++) value[at] = (hash + at) & 0xff;
  return value;
}
