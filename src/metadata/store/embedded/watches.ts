/**
 * Watches over the embedded store. A watch remembers how far it has told; telling means going on from there through the
 * history. It happens in a microtask of its own: the listener is never called inside `watch` or inside a commit, and
 * one that throws stops neither the store nor the others (its error is the process's, uncaught).
 */
import { queueMicrotask } from '../../../base/microtask.js';
import type { KeyChange, Revision, Watch, WatchEvent } from '../store.js';
import type { History } from './history.js';
import type { AppliedCommit } from './key-space.js';

export class Watches {
  readonly #history: History;
  readonly #revision: () => Revision;
  readonly #watches = new Set<EmbeddedWatch>();

  /** @param revision the newest durable one */
  constructor(history: History, revision: () => Revision) {
    this.#history = history;
    this.#revision = revision;
  }

  add(prefix: string, from: Revision, listener: (event: WatchEvent) => void): Watch {
    const watch = new EmbeddedWatch(prefix, from, listener, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    this.#tellSoon(watch);
    return watch;
  }

  /** After commits: everyone who waits for news gets them, before those who wait for the commits' own answers. */
  news(): void {
    for (const watch of this.#watches) this.#tellSoon(watch);
  }

  cancelAll(): void {
    for (const watch of this.#watches) watch.cancel();
  }

  #tellSoon(watch: EmbeddedWatch): void {
    queueMicrotask(() => {
      const now = this.#revision();
      // A revision that we never had is one of another store (or of a lost one): its holder must begin anew.
      const commits = watch.position > now ? undefined : this.#history.after(watch.position);
      if (commits === undefined) watch.endCompacted(now);
      else watch.tell(commits);
    });
  }
}

class EmbeddedWatch implements Watch {
  /** All up to here has been told or did not matter. */
  position: Revision;
  readonly #prefix: string;
  readonly #listener: (event: WatchEvent) => void;
  readonly #forget: () => void;
  #cancelled = false;

  constructor(prefix: string, from: Revision, listener: (event: WatchEvent) => void, forget: () => void) {
    this.#prefix = prefix;
    this.position = from;
    this.#listener = listener;
    this.#forget = forget;
  }

  tell(commits: readonly AppliedCommit[]): void {
    for (const { revision, changes } of commits) {
      // Looked at each time: the listener may cancel.
      if (this.#cancelled) return;
      this.position = revision;
      const relevant = changes.filter((change) => keyOf(change).startsWith(this.#prefix));
      if (relevant.length > 0) this.#listener({ kind: 'changed', revision, changes: relevant });
    }
  }

  endCompacted(revision: Revision): void {
    if (this.#cancelled) return;
    this.cancel();
    this.#listener({ kind: 'compacted', revision });
  }

  cancel(): void {
    this.#cancelled = true;
    this.#forget();
  }
}

function keyOf(change: KeyChange): string {
  return 'put' in change ? change.put.key : change.deleted;
}
