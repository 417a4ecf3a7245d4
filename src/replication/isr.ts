/**
 * Which replicas are in sync, and what that makes true: the pure part of a leader.
 *
 * The high watermark is the minimum of the durable ends of the in-sync replicas, and never goes back within an epoch. A leader
 * alone is a set of one: its high watermark is its own durable end.
 */
import type { BrokerId, LeaderEpoch, Offset } from '../base/ids.js';

export interface LeaderState {
  readonly epoch: LeaderEpoch;
  readonly self: BrokerId;
  /** In-sync replicas and how far each is durable. Holds the leader itself. */
  readonly durableEnds: ReadonlyMap<BrokerId, Offset>;
  readonly highWatermark: Offset;
}

export function becomeLeader(
  self: BrokerId,
  epoch: LeaderEpoch,
  isr: readonly BrokerId[],
  durableEnd: Offset,
  highWatermark: Offset,
): LeaderState {
  // A follower's end is unknown until it fetches in this epoch; what was committed before is the safe floor.
  const durableEnds = new Map(isr.map((id) => [id, id === self ? durableEnd : highWatermark]));
  return { epoch, self, durableEnds, highWatermark: advance(durableEnds, highWatermark) };
}

/** A member of the ISR is durable up to `end`. */
export function durable(state: LeaderState, member: BrokerId, end: Offset): LeaderState {
  const known = state.durableEnds.get(member);
  if (known === undefined || known >= end) return state;
  const durableEnds = new Map(state.durableEnds).set(member, end);
  return { ...state, durableEnds, highWatermark: advance(durableEnds, state.highWatermark) };
}

/** Whether an acks=all append may be accepted at all (`min.insync.replicas`). */
export function enoughInSync(state: LeaderState, minInsyncReplicas: number): boolean {
  return state.durableEnds.size >= minInsyncReplicas;
}

function advance(durableEnds: ReadonlyMap<BrokerId, Offset>, highWatermark: Offset): Offset {
  let end = Number.MAX_SAFE_INTEGER;
  for (const durableEnd of durableEnds.values()) end = Math.min(end, durableEnd);
  return Math.max(end, highWatermark);
}
