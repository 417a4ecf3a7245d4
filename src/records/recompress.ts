import { AT, attributes, BATCH_HEADER_BYTES, CODEC_MASK, LOG_OVERHEAD_BYTES, writeCrc } from './batch.js';
import type { CodecId, Compressor } from './compression/compressor.js';

/**
 * What a topic's `compression.type` asks of batches that come with another codec. Codec 0 takes the compression off.
 */
export interface Recompression {
  readonly codec: CodecId;
  /** Of the codec's own scale; null: the codec's default, or it has none. */
  readonly level: number | null;
}

/**
 * The batch at the start of `batch` with its records, which are `content` uncompressed, in another codec. A new buffer: the header's
 * fields are kept but for length, codec and checksum. The records themselves do not depend on the codec, so none is looked at.
 */
export function recompressed(
  batch: Buffer,
  content: Buffer,
  { codec, level }: Recompression,
  compressor: Compressor,
): Buffer {
  const records = compressor.compress(content, level ?? undefined);
  const made = Buffer.allocUnsafe(BATCH_HEADER_BYTES + records.length);
  batch.copy(made, 0, 0, BATCH_HEADER_BYTES);
  records.copy(made, BATCH_HEADER_BYTES);
  made.writeInt32BE(made.length - LOG_OVERHEAD_BYTES, AT.length);
  made.writeInt16BE((attributes(batch, 0) & ~CODEC_MASK) | codec, AT.attributes);
  writeCrc(made, 0);
  return made;
}
