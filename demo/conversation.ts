/** What the demo and its consumer processes say to each other, over Node's channel between parent and child. */

export type FromConsumer =
  /** Connected; waits for `join`. */
  | { readonly kind: 'connected' }
  /** A generation of the group has begun, in which these partitions are mine. */
  | { readonly kind: 'assigned'; readonly partitions: readonly number[] }
  /** Counted the records of `partition` from `from` up to, not including, `to`; not saved yet. Waits for `go-on`. */
  | {
      readonly kind: 'counted';
      readonly partition: number;
      readonly from: number;
      readonly to: number;
      readonly bytes: number;
    }
  /** Saved the sums of `partition` below `nextOffset`, and committed that offset. */
  | { readonly kind: 'saved'; readonly partition: number; readonly nextOffset: number };

export type ToConsumer = { readonly kind: 'join' } | { readonly kind: 'go-on' };

/** How a consumer process is started. */
export interface ConsumerOptions {
  readonly address: string;
  readonly topic: string;
  readonly group: string;
  readonly name: string;
  readonly checkpoints: string;
  readonly sessionMs: number;
  /** The most of a partition that comes in one batch. */
  readonly batchBytesMax: number;
}
