/** A client that does nothing wrong, beside others that do: it must notice nothing, and lose nothing. */
import { BatchBuilder } from '../../../src/records/builder.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { batchesIn, recordsIn } from '../../../src/records/iterate.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { CreateTopics } from '../../../src/wire/messages/create-topics.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import { Produce } from '../../../src/wire/messages/produce.js';

const TOPIC = 'kept';

export class WellBehaved {
  readonly #connection: RpcConnection;
  readonly #timestamp: number;
  #acknowledged = 0;

  /** @param timestamp of its records: the broker's present */
  static async begin(connection: RpcConnection, timestamp: number): Promise<WellBehaved> {
    const { topics } = await connection.call(CreateTopics, {
      topics: [{ name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      validateOnly: false,
    });
    if (topics[0]!.errorCode !== ErrorCode.NONE) throw new Error(errorName(topics[0]!.errorCode));
    return new WellBehaved(connection, timestamp);
  }

  private constructor(connection: RpcConnection, timestamp: number) {
    this.#connection = connection;
    this.#timestamp = timestamp;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** One record in, with the offset that it must have. */
  async produce(): Promise<void> {
    const builder = new BatchBuilder();
    builder.append({ key: null, value: Buffer.from(`${this.#acknowledged}`), timestamp: this.#timestamp });
    const { responses } = await this.#connection.call(Produce, {
      acks: -1,
      timeoutMs: 60_000,
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: builder.build() }] }],
    });
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
    if (errorCode !== ErrorCode.NONE || baseOffset !== this.#acknowledged) {
      throw new Error(`record ${this.#acknowledged}: ${errorName(errorCode)} at ${baseOffset}`);
    }
    this.#acknowledged += 1;
  }

  /** Everything that it was promised is there, and nothing else. */
  async check(): Promise<void> {
    const compression = new Compression();
    let next = 0;
    while (next < this.#acknowledged) {
      const { responses } = await this.#connection.call(Fetch, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1 << 20,
        topics: [
          { topic: TOPIC, partitions: [{ partition: 0, fetchOffset: next, partitionMaxBytes: 1 << 20 }] },
        ],
        forgottenTopicsData: [],
      });
      const { records, highWatermark } = responses[0]!.partitions[0]!;
      if (highWatermark !== this.#acknowledged)
        throw new Error(`the log ends at ${highWatermark}, not ${this.#acknowledged}`);
      for (const at of batchesIn(records!)) {
        for (const { offset, value } of recordsIn(records!, at, compression, 1 << 20)) {
          if (offset !== next || value?.toString() !== `${next}`)
            throw new Error(`${next}: ${offset} holds ${value?.toString()}`);
          next += 1;
        }
      }
    }
  }
}
