/**
 * The fetch sessions that a broker keeps (KIP-227): which request belongs to which, and who makes room for whom. Pure: the time
 * comes with each call.
 *
 * Two bounds: sessions (`max.incremental.fetch.session.cache.slots`), and the partitions in all of them. When a new one does not fit,
 * Kafka's rules say who goes: first whoever has been silent for longer than two minutes; else, of the sessions older than two
 * minutes, the smallest one, if it is smaller than the new one. A follower's session comes before any consumer's, and may take
 * a consumer's place at once. Whoever does not fit is served without a session, which costs more and works as well.
 *
 * A connection has one session at a time, and takes it along when it ends: here we part from Kafka, which keeps both until they are
 * evicted. Clients begin anew after a reconnect (Java, franz-go), so what is kept only holds memory and a slot against those who
 * are there; and a client that opens sessions without ever using them would fill all of them. Any client that does come back to a session from elsewhere,
 * in time, finds it; later, it is told to begin anew, which every client must handle.
 */
import { INT32_MAX, type Millis } from '../base/ids.js';
import type { Entropy } from '../ports/entropy.js';
import type { Waiting } from '../replication/waiters.js';
import { ErrorCode } from '../wire/errors.js';
import type { FetchSession } from './fetch-session.js';

/** The id that stands for no session. */
export const NO_SESSION = 0;
/** Begins a session, if there is room. */
const EPOCH_INITIAL = 0;
/** Ends the session that is named, and begins none. */
const EPOCH_FINAL = -1;
/** For so long a session keeps its place against larger ones, and a silent one keeps it at all. */
export const EVICTION_MS: Millis = 120_000;
/** In all sessions together: some 46 MB at 231 bytes each (bench/micro/fetch-sessions). */
const CACHED_PARTITIONS_MAX = 200_000;

/** Whose requests a session serves: a connection. */
export interface SessionHolder {
  /** `listener` runs once, when it has ended. */
  onGone(listener: () => void): Waiting;
}

export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly usesTopicIds: boolean;
}

export type Begun =
  | { readonly kind: 'refused'; readonly error: ErrorCode }
  /** Everything is in the request; `keeps`: and is to be kept. */
  | { readonly kind: 'full'; readonly keeps: boolean }
  | { readonly kind: 'incremental'; readonly cached: CachedSession };

export interface CachedSession {
  readonly id: number;
  readonly session: FetchSession;
}

interface Entry extends CachedSession, Evictable {
  readonly createdMs: Millis;
  usedMs: Millis;
  /** What the next request must name. */
  epoch: number;
  holder: SessionHolder;
  holding: Waiting | null;
}

/** What a session is worth: followers above consumers, larger above smaller. */
interface Evictable {
  readonly id: number;
  readonly privileged: boolean;
  /** As of its last use; what the order below is kept by. */
  size: number;
}

export interface FetchSessionCacheOptions {
  readonly slots: number;
  readonly entropy: Pick<Entropy, 'bytes'>;
  readonly partitionsMax?: number;
}

export class FetchSessionCache {
  readonly #slots: number;
  readonly #partitionsMax: number;
  readonly #entropy: Pick<Entropy, 'bytes'>;
  /** By id, the one unused for longest first. */
  readonly #entries = new Map<number, Entry>();
  readonly #byHolder = new Map<SessionHolder, Entry>();
  /** Old enough to go for any more valuable one. */
  readonly #evictableByAll = new ByValue<Entry>();
  /** The same for a follower's: of consumers' sessions, all. */
  readonly #evictableByPrivileged = new ByValue<Entry>();
  #partitions = 0;

  constructor({ slots, entropy, partitionsMax = CACHED_PARTITIONS_MAX }: FetchSessionCacheOptions) {
    this.#slots = slots;
    this.#entropy = entropy;
    this.#partitionsMax = partitionsMax;
  }

  /** Sessions. */
  get size(): number {
    return this.#entries.size;
  }

  /** Of all sessions, as of their last use. */
  get partitions(): number {
    return this.#partitions;
  }

  /** Which session a request is about. Of one that is found, the epoch moves on: two requests never both name the right one. */
  begin({ sessionId, sessionEpoch, usesTopicIds }: SessionRequest): Begun {
    if (sessionEpoch === EPOCH_INITIAL || sessionEpoch === EPOCH_FINAL) {
      if (sessionId !== NO_SESSION) this.remove(sessionId);
      return { kind: 'full', keeps: sessionEpoch === EPOCH_INITIAL };
    }
    const entry = this.#entries.get(sessionId);
    if (!entry) return refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    if (entry.epoch !== sessionEpoch) return refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    if (entry.session.usesTopicIds !== usesTopicIds) return refused(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    entry.epoch = nextEpoch(entry.epoch);
    return { kind: 'incremental', cached: entry };
  }

  /** The id of `session` from now on; NO_SESSION: there is no room for it, and it is the caller's to close. */
  admit(
    session: FetchSession,
    value: 'privileged' | 'ordinary',
    holder: SessionHolder,
    nowMs: Millis,
  ): number {
    const before = this.#byHolder.get(holder);
    if (before) this.remove(before.id);
    const candidate: Evictable = {
      id: NO_SESSION,
      privileged: value === 'privileged',
      size: session.size,
    };
    if (session.size === 0 || !this.#makeRoom(candidate, nowMs)) return NO_SESSION;
    const entry: Entry = {
      ...candidate,
      id: this.#newId(),
      session,
      createdMs: nowMs,
      usedMs: nowMs,
      epoch: nextEpoch(EPOCH_INITIAL),
      holder,
      holding: null,
    };
    this.#entries.set(entry.id, entry);
    this.#partitions += entry.size;
    this.#rank(entry, nowMs);
    this.#hold(entry, holder);
    return entry.id;
  }

  /** A request of `holder` uses the session, and has changed what it holds. One that has grown beyond all bounds is not kept. */
  use({ id }: CachedSession, holder: SessionHolder, nowMs: Millis): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#unrank(entry);
    this.#partitions += entry.session.size - entry.size;
    entry.size = entry.session.size;
    entry.usedMs = nowMs;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#rank(entry, nowMs);
    if (entry.size === 0 || this.#partitions > this.#partitionsMax) return this.remove(id);
    if (entry.holder !== holder) {
      const before = this.#byHolder.get(holder);
      if (before) this.remove(before.id);
      this.#letGo(entry);
      this.#hold(entry, holder);
    }
  }

  /** What is not there is removed already. A request that is parked in it is answered at once, with what there is. */
  remove(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#unrank(entry);
    this.#partitions -= entry.size;
    this.#letGo(entry);
    entry.session.close();
  }

  #hold(entry: Entry, holder: SessionHolder): void {
    entry.holder = holder;
    this.#byHolder.set(holder, entry);
    // Which says so at once of a connection that is gone already.
    const holding = holder.onGone(() => this.remove(entry.id));
    if (this.#entries.has(entry.id)) entry.holding = holding;
  }

  #letGo(entry: Entry): void {
    entry.holding?.cancel();
    entry.holding = null;
    this.#byHolder.delete(entry.holder);
  }

  #makeRoom(candidate: Evictable, nowMs: Millis): boolean {
    if (this.#slots === 0 || candidate.size > this.#partitionsMax) return false;
    while (this.#entries.size >= this.#slots || this.#partitions + candidate.size > this.#partitionsMax) {
      const goes = this.#leastValuable(candidate, nowMs);
      if (goes === undefined) return false;
      this.remove(goes.id);
    }
    return true;
  }

  #leastValuable(candidate: Evictable, nowMs: Millis): Entry | undefined {
    const [oldest] = this.#entries.values();
    if (oldest !== undefined && nowMs - oldest.usedMs > EVICTION_MS) return oldest;
    const evictable = candidate.privileged ? this.#evictableByPrivileged : this.#evictableByAll;
    const least = evictable.first;
    return least !== undefined && compareValues(candidate, least) >= 0 ? least : undefined;
  }

  #rank(entry: Entry, nowMs: Millis): void {
    const isOld = nowMs - entry.createdMs > EVICTION_MS;
    if (isOld) this.#evictableByAll.add(entry);
    if (isOld || !entry.privileged) this.#evictableByPrivileged.add(entry);
  }

  #unrank(entry: Entry): void {
    this.#evictableByAll.delete(entry);
    this.#evictableByPrivileged.delete(entry);
  }

  /** Positive, and nobody's. Random, so that a client of the broker's last run does not meet another's session. */
  #newId(): number {
    for (;;) {
      const id = this.#entropy.bytes(4).readUInt32BE() & INT32_MAX;
      if (id !== NO_SESSION && !this.#entries.has(id)) return id;
    }
  }
}

/** After the largest comes 1: 0 begins a session. */
export function nextEpoch(epoch: number): number {
  return epoch === INT32_MAX ? 1 : epoch + 1;
}

function refused(error: ErrorCode): Begun {
  return { kind: 'refused', error };
}

function compareValues(a: Evictable, b: Evictable): number {
  return Number(a.privileged) - Number(b.privileged) || a.size - b.size || a.id - b.id;
}

/** The least valuable first. An array: it is searched by halving, and moving a thousand pointers is quicker than any tree. */
class ByValue<T extends Evictable> {
  readonly #sorted: T[] = [];

  get first(): T | undefined {
    return this.#sorted[0];
  }

  add(entry: T): void {
    this.#sorted.splice(this.#place(entry), 0, entry);
  }

  delete(entry: T): void {
    const at = this.#place(entry);
    if (this.#sorted[at] === entry) this.#sorted.splice(at, 1);
  }

  #place(entry: T): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareValues(this.#sorted[middle]!, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
