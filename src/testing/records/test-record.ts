/** A record as a test wants to see it: text first, bytes where text will not do. */
export interface TestRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; the producer's clock, unless the topic has `message.timestamp.type=LogAppendTime`. */
  readonly timestamp: number;
  /** As UTF-8; null where there is none. */
  readonly key: string | null;
  readonly value: string | null;
  /** As UTF-8. Of a key that occurs more than once, the last. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly keyBytes: Buffer | null;
  readonly valueBytes: Buffer | null;
  /** The value, parsed; null where there is none. @throws SyntaxError when it is not JSON */
  readonly json: () => unknown;
}

/** A record to be written. */
export interface NewTestRecord {
  /** Text is written as UTF-8. Default null. */
  readonly key?: string | Uint8Array | null;
  /** Default null: a tombstone. */
  readonly value?: string | Uint8Array | null;
  readonly headers?: Readonly<Record<string, string | Uint8Array | null>>;
  /** Without it: by the key's hash, as Kafka's own client does; without a key, 0. */
  readonly partition?: number;
  /** Milliseconds since 1970; without it, the broker's clock, as far as it has been advanced. */
  readonly timestamp?: number;
}

export interface RecordsOptions {
  /** How many to wait for; default 1. */
  readonly count?: number;
  /** Of this partition alone. */
  readonly partition?: number;
  /** How long to wait; default 5,000. Real time, whatever fake timers say. */
  readonly timeoutMs?: number;
}
