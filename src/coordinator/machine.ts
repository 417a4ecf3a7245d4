/**
 * What a coordinator's machine is: it decides, and never awaits, looks at a clock, or draws a number. The shell around
 * it (runtime.ts) appends what it decided, and lets each reply go when its own fact holds.
 *
 * Hard state is what the records say: it changes in `apply` alone, in life and in replay alike. Soft state (sessions,
 * joins in progress, pending members) lives in the machine object and is lost with it; clients rebuild it.
 */
import type { Millis } from '../base/ids.js';

/** One request, parked until it is answered. Unique within a shard. */
export type RequestId = number & { readonly requestId?: never };

/**
 * `State` is what `apply` may change, `View` the same thing as `decide` may see it: readonly all the way down.
 */
export interface Machine<State extends View, View, Event, Rec, Reply> {
  /** The hard state of an empty log. */
  empty(): State;
  /** May change soft state; never hard state, and never anything outside. */
  decide(state: View, event: Event, nowMs: Millis): Decision<Event, Rec, Reply>;
  /** The only place where hard state changes. */
  apply(state: State, record: Rec): void;
  /** Once, after replay: rebuilds soft state from hard state, and starts its timers. */
  loaded(state: View, nowMs: Millis): Decision<Event, Rec, Reply>;
}

export interface Decision<Event, Rec, Reply> {
  /** To append. */
  readonly records: readonly Rec[];
  /**
   * `together`: all or none, in one batch, which they must fit. `independently`: each record stands for itself, so that a list too long
   * for one batch is cut into several (tombstones of a deleted topic). A record alone must fit in either case.
   */
  readonly appended: 'together' | 'independently';
  readonly replies: readonly PendingReply<Reply>[];
  readonly timers: readonly TimerChange<Event>[];
}

export interface PendingReply<Reply> {
  readonly to: RequestId;
  /**
   * `now`: true whatever becomes of the log. `committed`: once this decision's records, and all that was decided before, lie
   * below the high watermark; without records, that is a read of committed state.
   */
  readonly when: 'now' | 'committed';
  readonly body: Reply;
}

/** Sets or moves the timer of that key, or cancels it. Firing is an event like any other. */
export type TimerChange<Event> =
  | { readonly key: string; readonly afterMs: Millis; readonly event: Event }
  | { readonly key: string; readonly afterMs: null };

/** How a machine's records lie in the log. */
export interface RecordFormat<Rec> {
  readonly encode: (record: Rec) => StoredRecord;
  readonly decode: (key: Buffer, value: Buffer | null) => Decoded<Rec>;
}

export interface StoredRecord {
  readonly key: Buffer;
  /** null: a tombstone. */
  readonly value: Buffer | null;
}

export type Decoded<Rec> =
  | { readonly kind: 'record'; readonly record: Rec }
  /** A key of a type that this release does not know: passed over, and left in the log for one that does. */
  | { readonly kind: 'unknown-key'; readonly keyVersion: number }
  /** Ours, but of a newer format or damaged: serving without it would deny what was acknowledged. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Collects a decision while it is being made. */
export class DecisionBuilder<Event, Rec, Reply> implements Decision<Event, Rec, Reply> {
  readonly records: Rec[] = [];
  readonly replies: PendingReply<Reply>[] = [];
  readonly timers: TimerChange<Event>[] = [];
  appended: 'together' | 'independently' = 'together';

  record(record: Rec): void {
    this.records.push(record);
  }

  replyNow(to: RequestId, body: Reply): void {
    this.replies.push({ to, when: 'now', body });
  }

  replyCommitted(to: RequestId, body: Reply): void {
    this.replies.push({ to, when: 'committed', body });
  }

  setTimer(key: string, afterMs: Millis, event: Event): void {
    this.timers.push({ key, afterMs, event });
  }

  cancelTimer(key: string): void {
    this.timers.push({ key, afterMs: null });
  }
}
