/** A consumer without members that commits ever higher positions of a group, and knows which of them it was promised. */
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ConnectionLost } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import { OffsetFetch } from '../../../src/wire/messages/offset-fetch.js';

/** The coordinator has just come up; a client asks again. */
const AGAIN: readonly number[] = [
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
];

export class TestCommitter {
  readonly groupId: string;
  readonly #topic: string;
  readonly #partitions: readonly number[];
  readonly #onAcknowledged: () => void;
  #attempted = 0;
  #acknowledged = 0;

  constructor(groupId: string, topic: string, partitions: readonly number[], onAcknowledged: () => void) {
    this.groupId = groupId;
    this.#topic = topic;
    this.#partitions = partitions;
    this.#onAcknowledged = onAcknowledged;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged;
  }

  async run(connection: RpcConnection, stop: () => boolean): Promise<void> {
    try {
      while (!stop() && connection.open) await this.#commit(connection, ++this.#attempted);
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }

  /** @throws Error when a promised position is not there, or one that nobody committed is */
  async check(connection: RpcConnection): Promise<void> {
    for (;;) {
      const { groups } = await connection.call(OffsetFetch, {
        groups: [
          { groupId: this.groupId, topics: [{ name: this.#topic, partitionIndexes: [...this.#partitions] }] },
        ],
      });
      const [group] = groups;
      if (AGAIN.includes(group!.errorCode)) continue;
      if (group!.errorCode !== ErrorCode.NONE)
        throw new Error(`${this.groupId}: ${errorName(group!.errorCode)}`);
      for (const { partitionIndex, committedOffset, metadata } of group!.topics[0]!.partitions) {
        this.#checkPosition(partitionIndex, committedOffset, metadata);
      }
      return;
    }
  }

  #checkPosition(partition: number, offset: number, metadata: string | null): void {
    const where = `${this.groupId} on ${this.#topic}-${partition}`;
    if (offset === -1 && this.#acknowledged === 0) return;
    if (offset < this.#acknowledged || offset > this.#attempted) {
      throw new Error(
        `${where}: ${offset} is committed; ${this.#acknowledged} was promised, ${this.#attempted} tried`,
      );
    }
    if (metadata !== `position ${offset}`) throw new Error(`${where}: ${offset} comes with ${metadata}`);
  }

  async #commit(connection: RpcConnection, position: number): Promise<void> {
    for (;;) {
      const { topics } = await connection.call(OffsetCommit, {
        groupId: this.groupId,
        topics: [
          {
            name: this.#topic,
            partitions: this.#partitions.map((partitionIndex) => ({
              partitionIndex,
              committedOffset: position,
              committedMetadata: `position ${position}`,
            })),
          },
        ],
      });
      const codes = topics[0]!.partitions.map(({ errorCode }) => errorCode);
      if (codes.some((code) => AGAIN.includes(code))) continue;
      const wrong = codes.find((code) => code !== ErrorCode.NONE);
      if (wrong !== undefined) throw new Error(`${this.groupId}: ${errorName(wrong)}`);
      this.#acknowledged = position;
      this.#onAcknowledged();
      return;
    }
  }
}
