import type { CodecId, Compressor } from './compressor.js';

/**
 * The codecs of one process or one simulated broker. Each is loaded when first asked for, since most programs use one
 * or two: the native package where it is installed and works, else a portable implementation of the same format.
 *
 * Loading is asynchronous, use is not: load at start what will be needed, and `get` it on the hot path.
 */
export class Compression {
  readonly #ready = new Map<CodecId, Compressor>();
  readonly #loading = new Map<CodecId, Promise<Compressor>>();

  /** Loads the codec, once. Never fails for want of an optional package. */
  load(codec: CodecId): Promise<Compressor> {
    let loading = this.#loading.get(codec);
    if (loading === undefined) {
      loading = loaders[codec]().then((compressor) => {
        this.#ready.set(codec, compressor);
        return compressor;
      });
      this.#loading.set(codec, loading);
    }
    return loading;
  }

  /** The codec if it has been loaded, or undefined. */
  get(codec: CodecId): Compressor | undefined {
    return this.#ready.get(codec);
  }

  async loadAll(): Promise<void> {
    await Promise.all([this.load(0), this.load(1), this.load(2), this.load(3), this.load(4)]);
  }
}

const loaders: Record<CodecId, () => Promise<Compressor>> = {
  0: async () => (await import('./none.js')).none,
  1: async () => (await import('./gzip.js')).gzip,
  2: async () => (await import('./snappy.js')).loadSnappy(),
  3: async () => (await import('./lz4.js')).loadLz4(),
  4: async () => (await import('./zstd.js')).loadZstd(),
};
