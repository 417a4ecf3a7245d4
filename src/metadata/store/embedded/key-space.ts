/**
 * The keys of the embedded store in memory: what is durable (`KeySpace`), and what would be once the batch now being written
 * is (`Draft`). Two types, so that nobody reads what a crash may still take back.
 */
import { assert } from '../../../base/assert.js';
import type { Compare, KeyChange, LeaseId, Revision, StoreEntry, StorePut } from '../store.js';

/** No lease. */
export const NO_LEASE: LeaseId = 0;

export interface LeasedEntry extends StoreEntry {
  readonly lease: LeaseId;
}

/** One revision, as the log has it: only puts and deletes that took effect. */
export interface Commit {
  readonly revision: Revision;
  readonly puts: readonly StorePut[];
  readonly deletes: readonly string[];
}

/** A commit with what the watchers are told of it. */
export interface AppliedCommit {
  readonly revision: Revision;
  readonly changes: readonly KeyChange[];
}

export class KeySpace {
  #revision: Revision;
  readonly #entries: Map<string, LeasedEntry>;

  constructor(revision: Revision, entries: Iterable<LeasedEntry>) {
    this.#revision = revision;
    this.#entries = new Map();
    for (const entry of entries) this.#entries.set(entry.key, entry);
  }

  get revision(): Revision {
    return this.#revision;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): LeasedEntry | undefined {
    return this.#entries.get(key);
  }

  values(): Iterable<LeasedEntry> {
    return this.#entries.values();
  }

  /** By key, in code-unit order. */
  withPrefix(prefix: string): LeasedEntry[] {
    const found: LeasedEntry[] = [];
    for (const entry of this.#entries.values()) if (entry.key.startsWith(prefix)) found.push(entry);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The same whether the commit has just been written or is read back at start. */
  apply(commit: Commit): AppliedCommit {
    const { revision, puts, deletes } = commit;
    assert(revision === this.#revision + 1, 'revisions follow one another without a gap');
    const changes: KeyChange[] = [];
    for (const put of puts) {
      const entry = asEntry(put, revision, this.#entries.get(put.key));
      this.#entries.set(put.key, entry);
      changes.push({ put: entry });
    }
    for (const key of deletes) {
      assert(this.#entries.delete(key), 'a commit deletes only keys that are there');
      changes.push({ deleted: key });
    }
    this.#revision = revision;
    return { revision, changes };
  }
}

function asEntry(put: StorePut, revision: Revision, before: StoreEntry | undefined): LeasedEntry {
  return {
    key: put.key,
    value: put.value,
    createRevision: before?.createRevision ?? revision,
    modRevision: revision,
    lease: put.lease ?? NO_LEASE,
  };
}

/** A key space with some commits more, which are not durable yet. */
export class Draft {
  readonly #base: KeySpace;
  readonly #touched = new Map<string, LeasedEntry | undefined>();
  readonly #commits: Commit[] = [];
  #revision: Revision;

  constructor(base: KeySpace) {
    this.#base = base;
    this.#revision = base.revision;
  }

  get revision(): Revision {
    return this.#revision;
  }

  get commits(): readonly Commit[] {
    return this.#commits;
  }

  get(key: string): LeasedEntry | undefined {
    return this.#touched.has(key) ? this.#touched.get(key) : this.#base.get(key);
  }

  holds(compare: Compare): boolean {
    const entry = this.get(compare.key);
    if ('modRevision' in compare) return (entry?.modRevision ?? 0) === compare.modRevision;
    return (entry?.createRevision ?? 0) === compare.createRevision;
  }

  /** Makes a revision, unless nothing would change. Returns the draft's revision. */
  commit(puts: readonly StorePut[], deletes: readonly string[]): Revision {
    const present = deletes.filter((key) => this.get(key) !== undefined);
    if (puts.length === 0 && present.length === 0) return this.#revision;
    this.#revision++;
    for (const put of puts) this.#touched.set(put.key, asEntry(put, this.#revision, this.get(put.key)));
    for (const key of present) this.#touched.set(key, undefined);
    this.#commits.push({ revision: this.#revision, puts, deletes: present });
    return this.#revision;
  }

  /** Keys held by any of `leases`. Walks the whole key space: leases end rarely. */
  keysUnder(holds: (lease: LeaseId) => boolean): string[] {
    const keys: string[] = [];
    for (const { key, lease } of this.#base.values()) {
      if (!this.#touched.has(key) && lease !== NO_LEASE && holds(lease)) keys.push(key);
    }
    for (const [key, entry] of this.#touched) {
      if (entry !== undefined && entry.lease !== NO_LEASE && holds(entry.lease)) keys.push(key);
    }
    return keys;
  }
}
