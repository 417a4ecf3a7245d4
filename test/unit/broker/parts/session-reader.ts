/**
 * A reader with a fetch session, in the manner of the Java client's FetchSessionHandler: it sends what has changed since its last request, takes
 * for unchanged what an answer leaves out, and begins anew when it is told to.
 */
import { INT32_MAX, NO_UUID } from '../../../../src/base/ids.js';
import type { RpcConnection } from '../../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../../src/wire/errors.js';
import { Fetch, type FetchResponse } from '../../../../src/wire/messages/fetch.js';
import { recordsOf } from './batches.js';

/** What a reader knows of a partition, from the answers alone. */
export interface Known {
  readonly error: string;
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

export interface Followed {
  /** By name or by id, as the reader's version has it. */
  readonly topic: string;
  readonly partition: number;
  offset: number;
}

export interface Got {
  readonly followed: Followed;
  readonly offset: number;
  readonly value: string | null;
}

export class SessionReader {
  readonly version: number;
  sessionId = 0;
  sessionEpoch = 0;
  readonly followed = new Map<string, Followed>();
  readonly known = new Map<string, Known>();
  /** What the session holds, as far as the reader knows. */
  #held = new Map<string, number>();

  constructor(version: number) {
    this.version = version;
  }

  follow(topic: string, partition: number, offset = 0): void {
    this.followed.set(`${topic}/${partition}`, { topic, partition, offset });
  }

  unfollow(topic: string, partition: number): void {
    this.followed.delete(`${topic}/${partition}`);
  }

  request({ maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 20, isolationLevel = 0 } = {}) {
    const isFull = this.sessionEpoch <= 0;
    const asked = [...this.followed].filter(([key, { offset }]) => isFull || this.#held.get(key) !== offset);
    const forgotten = isFull ? [] : [...this.#held.keys()].filter((key) => !this.followed.has(key));
    return {
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel,
      sessionId: this.sessionId,
      sessionEpoch: this.sessionEpoch,
      topics: asked.map(([, { topic, partition, offset }]) => ({
        ...this.#named(topic),
        partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 1 << 20 }],
      })),
      forgottenTopicsData: forgotten.map((key) => {
        const [topic, partition] = key.split('/');
        return { ...this.#named(topic!), partitions: [Number(partition)] };
      }),
    };
  }

  #named(topic: string) {
    return this.version >= 13 ? { topicId: topic } : { topic, topicId: NO_UUID };
  }

  async fetch(client: RpcConnection, options: Parameters<SessionReader['request']>[0] = {}): Promise<Got[]> {
    return this.receive(await client.call(Fetch, this.request(options), { version: this.version }));
  }

  /** Takes an answer in. @throws when it is not what the protocol promises */
  receive({ errorCode, sessionId, responses }: FetchResponse): Got[] {
    if (errorCode !== ErrorCode.NONE) {
      if (responses.length > 0) throw new Error(`partitions beside ${errorName(errorCode)}`);
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.sessionId = 0;
      this.sessionEpoch = 0;
      return [];
    }
    const told = responses.flatMap(({ topic, topicId, partitions }) =>
      partitions.map((partition) => ({
        key: `${this.version >= 13 ? topicId : topic}/${partition.partitionIndex}`,
        partition,
      })),
    );
    const held = new Map([...this.followed].map(([key, { offset }]) => [key, offset]));
    if (this.sessionEpoch <= 0) {
      const keys = told.map(({ key }) => key);
      if (keys.join() !== [...held.keys()].join())
        throw new Error(`a full answer to ${[...held.keys()].join()} has ${keys.join()}`);
      this.known.clear();
    } else if (sessionId !== this.sessionId && (sessionId !== 0 || held.size > 0)) {
      throw new Error(`an answer in session ${sessionId} to a request in ${this.sessionId}`);
    }
    this.#held = held;
    // Only now: what is followed anew before the session was told to forget it is in there still, and not told again.
    for (const key of this.known.keys()) if (!held.has(key)) this.known.delete(key);
    this.sessionId = sessionId;
    this.sessionEpoch = sessionId === 0 ? 0 : this.sessionEpoch === INT32_MAX ? 1 : this.sessionEpoch + 1;
    return told.flatMap(({ key, partition }) => {
      const followed = this.followed.get(key);
      if (!followed) throw new Error(`${key} was not asked for`);
      const { errorCode: error, highWatermark, logStartOffset } = partition;
      this.known.set(key, { error: errorName(error), highWatermark, logStartOffset });
      const from = followed.offset;
      const got = recordsOf(partition.records)
        .filter(({ offset }) => offset >= from)
        .map(({ offset, value }) => ({ followed, offset, value }));
      followed.offset = (got.at(-1)?.offset ?? from - 1) + 1;
      if (error === ErrorCode.OFFSET_OUT_OF_RANGE) followed.offset = logStartOffset;
      return got;
    });
  }

  /** The answer was lost: whether the broker has seen the request, the reader does not know. */
  lost(): void {
    this.sessionEpoch = 0;
  }
}
