/**
 * Carries finished batches to the leaders: one request gathers a batch of every ready partition of one leader, a few requests
 * are in flight to each.
 *
 * Of one partition at most one batch is in flight, always the oldest. Order then needs no further thought: a batch that must be
 * resent has nothing behind it on the wire that could overtake it, and an idempotent producer's sequences arrive without a gap
 * whatever fails. Java's client allows five, and for that remembers which batches to hold back, and in which cases the broker's
 * OUT_OF_ORDER_SEQUENCE_NUMBER means "resend" rather than "lost". The price is one round trip per batch and partition: while it
 * lasts the next batch fills, so under load batches become larger rather than more.
 */
import { type BrokerId, type Millis, partitionName } from '../../base/ids.js';
import { queueMicrotask } from '../../base/microtask.js';
import type { RpcConnection } from '../../rpc/rpc-connection.js';
import { ErrorCode } from '../../wire/errors.js';
import { Produce, type ProduceResponse } from '../../wire/messages/produce.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { isTransient } from '../retry.js';
import type { Accumulator, FinishedBatch, PartitionQueue } from './accumulator.js';

/** −1: every in-sync replica has it; 1: the leader has it; 0: nobody answers. */
export type Acks = -1 | 0 | 1;

export interface SenderOptions {
  readonly acks: Acks;
  /** How long the broker may wait for its replicas. */
  readonly requestTimeoutMs: Millis;
  /** How long a batch is resent, counted from its first record. */
  readonly deliveryTimeoutMs: Millis;
  /** A request takes further partitions up to this size; a single batch may be larger. */
  readonly requestBytes: number;
  readonly requestsInFlightPerBroker: number;
  readonly onAcknowledged: (queue: PartitionQueue, batch: FinishedBatch) => void;
  /** Nothing more is sent after this. */
  readonly onFailed: (error: Error) => void;
}

interface Sent {
  readonly queue: PartitionQueue;
  readonly batch: FinishedBatch;
}

export class Sender {
  readonly #cluster: Cluster;
  readonly #accumulator: Accumulator;
  readonly #options: SenderOptions;
  /** Partitions with a batch to send and none in flight, longest waiting first. */
  readonly #ready = new Set<PartitionQueue>();
  /** Partitions whose last send failed, waiting for new metadata. */
  readonly #troubled = new Set<PartitionQueue>();
  readonly #requestsInFlight = new Map<BrokerId, number>();
  readonly #stopping = new AbortController();
  #recovering = false;
  #pumpScheduled = false;

  constructor(cluster: Cluster, accumulator: Accumulator, options: SenderOptions) {
    this.#cluster = cluster;
    this.#accumulator = accumulator;
    this.#options = options;
  }

  /** The partition has something that may be sent: a full batch, or an open one whose time has come. */
  offer(queue: PartitionQueue): void {
    if (queue.open) queue.due = true;
    if (queue.inFlight || this.#troubled.has(queue) || this.#stopping.signal.aborted) return;
    this.#ready.add(queue);
    if (this.#pumpScheduled) return;
    // A turn later: whoever appends in a loop fills whole batches before the first is sent.
    this.#pumpScheduled = true;
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  stop(): void {
    this.#stopping.abort();
    this.#ready.clear();
  }

  #pump(): void {
    const requests = new Map<BrokerId, Sent[]>();
    const bytes = new Map<BrokerId, number>();
    for (const queue of this.#ready) {
      const leader = this.#cluster.topic(queue.topic)?.partitions[queue.partition]?.leaderId ?? -1;
      if ((this.#requestsInFlight.get(leader) ?? 0) >= this.#options.requestsInFlightPerBroker) continue;
      if (queue.full.length === 0) this.#accumulator.finish(queue);
      const batch = queue.full[0];
      if (!batch) {
        this.#ready.delete(queue);
        continue;
      }
      if (leader < 0) {
        this.#ready.delete(queue);
        this.#trouble(queue, new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, nameOf(queue)));
        continue;
      }
      const sum = (bytes.get(leader) ?? 0) + batch.bytes.length;
      const request = requests.get(leader);
      if (request && sum > this.#options.requestBytes) continue;
      bytes.set(leader, sum);
      this.#ready.delete(queue);
      queue.inFlight = true;
      if (request) request.push({ queue, batch });
      else requests.set(leader, [{ queue, batch }]);
    }
    for (const [leader, sent] of requests) void this.#send(leader, sent);
  }

  async #send(leader: BrokerId, sent: readonly Sent[]): Promise<void> {
    this.#requestsInFlight.set(leader, (this.#requestsInFlight.get(leader) ?? 0) + 1);
    const outcome = await this.#carry(leader, sent).catch((error: unknown) => error as Error);
    this.#requestsInFlight.set(leader, this.#requestsInFlight.get(leader)! - 1);
    if (outcome instanceof Error) {
      // Carried out or not, nobody knows. The same batch again is safe: a broker that has it says so (idempotence), or, without
      // that, may store it twice, which is what acks without idempotence means.
      for (const { queue, batch } of sent) this.#failed(queue, batch, outcome);
    } else if (outcome === 'unanswered') {
      for (const { queue } of sent) this.#acknowledged(queue);
    } else {
      this.#answered(sent, outcome);
    }
    // Others may have waited for a free place.
    this.#pump();
  }

  async #carry(leader: BrokerId, sent: readonly Sent[]): Promise<ProduceResponse | 'unanswered'> {
    const connection = await this.#cluster.connectionTo(leader, 'produce');
    if (this.#options.acks !== 0) return this.#ask(connection, sent);
    connection.send(Produce, this.#request(sent));
    await connection.drained();
    return 'unanswered';
  }

  #ask(connection: RpcConnection, sent: readonly Sent[]): Promise<ProduceResponse> {
    const { requestTimeoutMs } = this.#options;
    // The broker's own limit must pass first, so that it can say what went wrong.
    return connection.call(Produce, this.#request(sent), { timeoutMs: requestTimeoutMs + ANSWER_GRACE_MS });
  }

  #request(sent: readonly Sent[]) {
    const topics = new Map<string, { index: number; records: Buffer }[]>();
    for (const { queue, batch } of sent) {
      const partitions = topics.get(queue.topic) ?? [];
      topics.set(queue.topic, partitions);
      partitions.push({ index: queue.partition, records: batch.bytes });
    }
    return {
      acks: this.#options.acks,
      timeoutMs: this.#options.requestTimeoutMs,
      topicData: [...topics].map(([name, partitionData]) => ({ name, partitionData })),
    };
  }

  #answered(sent: readonly Sent[], response: ProduceResponse): void {
    const answers = new Map(
      response.responses.flatMap(({ name, partitionResponses }) =>
        partitionResponses.map((answer) => [`${name}-${answer.index}`, answer]),
      ),
    );
    for (const { queue, batch } of sent) {
      const answer = answers.get(nameOf(queue));
      const code = answer?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      // The duplicate is a batch whose first answer was lost: it is stored, once.
      if (code === ErrorCode.NONE || code === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
        queue.lastBaseOffset = answer?.baseOffset ?? -1;
        this.#acknowledged(queue);
      } else {
        this.#failed(queue, batch, new KafkaError(code, nameOf(queue), answer?.errorMessage ?? null));
      }
    }
  }

  #acknowledged(queue: PartitionQueue): void {
    queue.inFlight = false;
    queue.failures = 0;
    const batch = this.#accumulator.release(queue);
    this.#options.onAcknowledged(queue, batch);
    if (queue.full.length > 0 || queue.due) this.offer(queue);
  }

  #failed(queue: PartitionQueue, batch: FinishedBatch, error: Error): void {
    queue.inFlight = false;
    if (this.#stopping.signal.aborted) return;
    if (this.#isLate(batch) || !isTransient(error)) {
      this.stop();
      this.#options.onFailed(error);
      return;
    }
    this.#trouble(queue, error);
  }

  /** Aside until the metadata has been asked again: sending to the same leader at once would fail in the same way. */
  #trouble(queue: PartitionQueue, error: Error): void {
    queue.failures++;
    this.#troubled.add(queue);
    if (!this.#recovering) void this.#recover(error);
  }

  async #recover(cause: Error): Promise<void> {
    this.#recovering = true;
    const { signal } = this.#stopping;
    await this.#cluster.backOff(Math.max(...[...this.#troubled].map(({ failures }) => failures)), signal);
    const queues = [...this.#troubled];
    const causes = await this.#askForLeaders(queues, cause);
    this.#recovering = false;
    for (const queue of queues) this.#troubled.delete(queue);
    for (const queue of queues) {
      const [batch] = queue.full;
      const why = causes.get(queue.topic) ?? cause;
      if (batch && (this.#isLate(batch) || !isTransient(why))) this.#failed(queue, batch, why);
      else this.offer(queue);
    }
    // Those that failed while we asked: the answer may be older than their trouble.
    if (this.#troubled.size > 0 && !this.#recovering) void this.#recover(cause);
  }

  /** What stands in the way, by topic; nothing where the metadata came and names the topic. */
  async #askForLeaders(queues: readonly PartitionQueue[], cause: Error): Promise<ReadonlyMap<string, Error>> {
    const topics = [...new Set(queues.map(({ topic }) => topic))];
    if (this.#stopping.signal.aborted) return new Map();
    try {
      return (await this.#cluster.metadata(topics)).errors;
    } catch (error) {
      // Nobody to ask: the batches grow older, and in the end the first reason is told.
      return new Map(topics.map((topic) => [topic, isTransient(error) ? cause : (error as Error)]));
    }
  }

  #isLate(batch: FinishedBatch): boolean {
    return this.#cluster.clock.monotonic() - batch.bornAt >= this.#options.deliveryTimeoutMs;
  }
}

function nameOf({ topic, partition }: PartitionQueue): string {
  return partitionName(topic, partition);
}

/** What a network and a busy broker may add to the time that a request allows. */
const ANSWER_GRACE_MS: Millis = 5000;
