/** Producers that know exactly what they sent and what was acknowledged, over any number of broken connections. */
import type { Prng } from '../../../src/base/prng.js';
import { BatchBuilder } from '../../../src/records/builder.js';
import type { Compression } from '../../../src/records/compression/compression.js';
import type { CodecId } from '../../../src/records/compression/compressor.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ConnectionLost } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import type { PartitionLedger, SentBatch } from './ledger.js';

/** What idempotence allows in flight to one partition. */
const IN_FLIGHT_MAX = 5;
const RECORDS_MAX = 8;
const VALUE_BYTES_MAX = 300;

export interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Of one producer and one partition. */
interface Lane {
  readonly ledger: PartitionLedger;
  nextNumber: number;
  nextSequence: number;
  /** Sent and not acknowledged, oldest first. An idempotent producer sends them again after a restart. */
  unacknowledged: SentBatch[];
  inFlight: number;
}

export interface ProducerOptions {
  readonly name: string;
  readonly ledgers: readonly PartitionLedger[];
  /** Null: a plain producer, which sends nothing twice. */
  readonly identity: Identity | null;
  readonly prng: Prng;
  readonly compression: Compression;
  readonly onAcknowledged: () => void;
}

export class TestProducer {
  readonly #options: ProducerOptions;
  readonly #lanes: Lane[];
  /** Batches whose answer came with the broker's word that it had them already. */
  resent = 0;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#lanes = options.ledgers.map((ledger) => ({
      ledger,
      nextNumber: 0,
      nextSequence: 0,
      unacknowledged: [],
      inFlight: 0,
    }));
  }

  get name(): string {
    return this.#options.name;
  }

  /** Sends until the connection breaks or `stop` says so, and then waits for what is in flight. */
  async run(connection: RpcConnection, stop: () => boolean): Promise<void> {
    await this.#resend(connection);
    const rounds: Promise<void>[] = [];
    const next = async (): Promise<void> => {
      while (!stop() && connection.open) {
        const lanes = this.#pick();
        if (lanes.length === 0) throw new Error('there is always a lane that is not full');
        if (
          !(await this.#send(
            connection,
            lanes.map((lane) => [lane, this.#make(lane)]),
          ))
        )
          return;
      }
    };
    // So many requests at once, each to some of the partitions: no partition can have more in flight.
    for (let at = 0; at < IN_FLIGHT_MAX; at++) rounds.push(next());
    await Promise.all(rounds);
  }

  /** What is not acknowledged is sent again, with the sequences it had. */
  async resendAll(connection: RpcConnection): Promise<void> {
    await this.#resend(connection);
  }

  async #resend(connection: RpcConnection): Promise<void> {
    if (!this.#options.identity) {
      for (const lane of this.#lanes) lane.unacknowledged = [];
      return;
    }
    const waits = this.#lanes.flatMap((lane) =>
      lane.unacknowledged.map((batch) => {
        this.resent += 1;
        return this.#send(connection, [[lane, batch]]);
      }),
    );
    await Promise.all(waits);
  }

  /** One to all of the partitions. */
  #pick(): Lane[] {
    const { prng } = this.#options;
    const free = this.#lanes.filter(
      ({ inFlight, unacknowledged }) => Math.max(inFlight, unacknowledged.length) < IN_FLIGHT_MAX,
    );
    const count = prng.random() < 0.3 ? free.length : 1;
    const start = Math.floor(prng.random() * free.length);
    return Array.from({ length: count }, (_, at) => free[(start + at) % free.length]!);
  }

  #make(lane: Lane): SentBatch {
    const { name, identity, prng, compression } = this.#options;
    const number = lane.nextNumber++;
    const marker = `${name}/${lane.ledger.name}/${number}`;
    const codec: CodecId = prng.random() < 0.2 ? 1 : 0;
    const count = 1 + Math.floor(prng.random() * RECORDS_MAX);
    const builder = new BatchBuilder({
      codec,
      compression,
      ...(identity && { ...identity, baseSequence: lane.nextSequence }),
    });
    for (let at = 0; at < count; at++) {
      builder.append({
        key: Buffer.from(at === 0 ? marker : `${marker}+${at}`),
        value: prng.fill(Buffer.alloc(Math.floor(prng.random() * VALUE_BYTES_MAX))),
        timestamp: 1_700_000_000_000 + number,
      });
    }
    if (identity) lane.nextSequence += count;
    const bytes = builder.build();
    const batch = {
      marker,
      producer: name,
      number,
      idempotent: identity !== null,
      bytes,
      acknowledgedAt: null,
      seenAt: null,
    };
    lane.ledger.sent(batch);
    lane.unacknowledged.push(batch);
    return batch;
  }

  /** False: the connection broke. */
  async #send(connection: RpcConnection, parts: readonly (readonly [Lane, SentBatch])[]): Promise<boolean> {
    for (const [lane] of parts) lane.inFlight += 1;
    try {
      const { responses } = await connection.call(Produce, {
        acks: -1,
        timeoutMs: 60_000,
        topicData: parts.map(([{ ledger }, batch]) => ({
          name: ledger.topic,
          partitionData: [{ index: ledger.partition, records: Buffer.from(batch.bytes) }],
        })),
      });
      for (const [at, [lane, batch]] of parts.entries()) {
        const { errorCode, baseOffset, errorMessage } = responses[at]!.partitionResponses[0]!;
        if (errorCode !== ErrorCode.NONE) {
          throw new Error(`${batch.marker}: ${errorName(errorCode)}: ${errorMessage}`);
        }
        lane.ledger.acknowledged(batch, baseOffset);
        lane.unacknowledged.splice(lane.unacknowledged.indexOf(batch), 1);
        this.#options.onAcknowledged();
      }
      return true;
    } catch (error) {
      if (error instanceof ConnectionLost) return false;
      throw error;
    } finally {
      for (const [lane] of parts) lane.inFlight -= 1;
    }
  }
}
