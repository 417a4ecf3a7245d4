/**
 * Producer ids, each given once in the life of a cluster. A block of them is taken durably from the store, then given away from
 * memory; what is left of a block when the broker stops is never used.
 */
import { assert } from '../../base/assert.js';
import { UserError } from '../../base/errors.js';
import type { ProducerId } from '../../base/ids.js';
import { PRODUCER_IDS_KEY } from '../keys.js';
import type { MetadataStore, StoreChange, StoreEntry } from '../store/store.js';
import { decodeValue, encodeValue } from '../values.js';

/** Kafka's block size. */
export const PRODUCER_ID_BLOCK_LENGTH = 1000;
/** Each failure means that another broker has succeeded. */
const ATTEMPTS_MAX = 100;

export interface BlockDecision {
  readonly first: ProducerId;
  readonly change: StoreChange;
}

/** The next block after what `stored` says has been given away. */
export function decideBlock(stored: StoreEntry | undefined): BlockDecision {
  const first = stored === undefined ? 0 : decodeValue('producerIds', stored.key, stored.value).next;
  const next = first + PRODUCER_ID_BLOCK_LENGTH;
  assert(Number.isSafeInteger(next), 'producer ids fit 2^53');
  return {
    first,
    change: {
      compares: [{ key: PRODUCER_IDS_KEY, modRevision: stored?.modRevision ?? 0 }],
      puts: [{ key: PRODUCER_IDS_KEY, value: encodeValue('producerIds', { next }) }],
      deletes: [],
    },
  };
}

export class ProducerIds {
  readonly #store: MetadataStore;
  #next: ProducerId = 0;
  #end: ProducerId = 0;
  #refill: Promise<void> | undefined;

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  /** One id that nobody had or will have. @throws UserError METADATA_UNAVAILABLE */
  async allocate(): Promise<ProducerId> {
    // Again after each wait: many may have waited for one block.
    while (this.#next === this.#end) {
      this.#refill ??= this.#takeBlock().finally(() => {
        this.#refill = undefined;
      });
      await this.#refill;
    }
    return this.#next++;
  }

  async #takeBlock(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const { entries } = await this.#store.read(PRODUCER_IDS_KEY);
      const { first, change } = decideBlock(entries.find(({ key }) => key === PRODUCER_IDS_KEY));
      if ((await this.#store.compareAndSet(change)).ok) {
        this.#next = first;
        this.#end = first + PRODUCER_ID_BLOCK_LENGTH;
        return;
      }
    }
    throw new UserError(
      'METADATA_UNAVAILABLE',
      `no block of producer ids could be taken in ${ATTEMPTS_MAX} attempts`,
    );
  }
}
