/** The codec's number in a batch's attributes. */
export type CodecId = 0 | 1 | 2 | 3 | 4;

/** By codec number; Kafka's own names, as in `compression.type`. */
export const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Those whose content may be made smaller at the price of time: by `compression.gzip.level` and `compression.zstd.level`. */
export const GZIP: CodecId = 1;
export const ZSTD: CodecId = 4;

/** A codec ready for use. Synchronous: a hop to another thread costs more than most batches. */
export interface Compressor {
  /** One of `CODEC_NAMES`. */
  readonly name: string;
  /** What does the work, for diagnostics; says also why a faster one is not used. */
  readonly implementation: string;
  /** @param level on the codec's own scale; gzip and zstd have one, the others pass over it */
  compress(bytes: Uint8Array, level?: number): Buffer;
  /**
   * The whole content, never more than `maxBytes`. What would be larger is noticed before the memory is taken.
   * @throws CompressionError, `corrupt` or `too-large`, and nothing else, whatever the bytes.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Buffer;
}

export type CompressionFailure = 'corrupt' | 'too-large' | 'not-loaded';

/** Compressed bytes from outside that do not decode, that decode to more than we are willing to hold, or whose codec nobody loaded. */
export class CompressionError extends Error {
  override readonly name = 'CompressionError';
  readonly reason: CompressionFailure;

  constructor(reason: CompressionFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export function tooLarge(codec: string, bytes: number | string, maxBytes: number): CompressionError {
  return new CompressionError(
    'too-large',
    `${codec}: content of ${bytes} bytes is over the limit of ${maxBytes}`,
  );
}

export function corrupt(codec: string, what: string, cause?: unknown): CompressionError {
  return new CompressionError('corrupt', `${codec}: ${what}`, cause === undefined ? undefined : { cause });
}
