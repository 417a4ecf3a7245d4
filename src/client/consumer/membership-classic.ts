/**
 * A member of a classic group as a machine: what it is told goes in, what it has to do next comes out. It awaits nothing and looks at
 * no clock; group-consumer.ts does the asking and the waiting.
 *
 *     detached ──begin──▶ joining ──joined──▶ syncing ──synced──▶ stable
 *         ▲                  ▲                    │                  │ rebalance, or fenced
 *         │                  └──── given-up ◀─────┴──── releasing ◀──┘
 *         └── the coordinator moved, from wherever
 *
 * The protocol is the eager one: before it joins again a member gives up all its partitions, after committing what it has done with
 * them where its generation still counts.
 */
import type { GenerationId } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';

export type Phase = 'detached' | 'joining' | 'syncing' | 'stable' | 'releasing' | 'left' | 'failed';

export interface Membership {
  readonly phase: Phase;
  /** Empty before the coordinator has given one. */
  readonly memberId: string;
  /** −1 outside of a generation. */
  readonly generationId: GenerationId;
  /** Attempts that failed in a row, for the wait before the next. */
  readonly failures: number;
}

export const DETACHED: Membership = { phase: 'detached', memberId: '', generationId: -1, failures: 0 };

export type MembershipEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'coordinator-found' }
  | {
      readonly type: 'joined';
      readonly errorCode: number;
      readonly memberId: string;
      readonly generationId: GenerationId;
      readonly leads: boolean;
    }
  | { readonly type: 'synced'; readonly errorCode: number }
  /** The answer to a heartbeat, or to a commit. */
  | { readonly type: 'answered'; readonly errorCode: number }
  /** The coordinator could not be found or reached, or the connection broke before an answer. */
  | { readonly type: 'unreachable' }
  /** No heartbeat got through for a session timeout: the coordinator has given our partitions away by now. */
  | { readonly type: 'session-expired' }
  /** What is subscribed to has changed in a way that only the group together can answer. */
  | { readonly type: 'subscription-changed' }
  /** All partitions are given up, as `release` asked. */
  | { readonly type: 'given-up' }
  | { readonly type: 'leave' };

export type MembershipAction =
  | { readonly do: 'find-coordinator' }
  | { readonly do: 'back-off'; readonly attempt: number }
  | { readonly do: 'join' }
  /** As leader: work the assignment out first. */
  | { readonly do: 'sync'; readonly leads: boolean }
  /** Take the partitions of the answer, and beat from now on. */
  | { readonly do: 'take-assignment' }
  | { readonly do: 'keep-beating' }
  /** Stop reading. `commit`: our generation still counts, so first store how far we got. */
  | { readonly do: 'release'; readonly commit: boolean }
  | { readonly do: 'leave' }
  | { readonly do: 'fail'; readonly errorCode: number };

export interface MembershipStep {
  readonly state: Membership;
  readonly actions: readonly MembershipAction[];
}

/** What the coordinator itself says about where it is, or is not. */
const COORDINATOR_ELSEWHERE: ReadonlySet<number> = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
]);
/** We are no longer part of the group, whatever we think. */
const FORGOTTEN: ReadonlySet<number> = new Set([ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.ILLEGAL_GENERATION]);

export function decide(state: Membership, event: MembershipEvent): MembershipStep {
  if (state.phase === 'left' || state.phase === 'failed') return { state, actions: [] };
  switch (event.type) {
    case 'begin':
      return { state, actions: [{ do: 'find-coordinator' }] };
    case 'coordinator-found':
      return coordinatorFound(state);
    case 'joined':
      return joined(state, event);
    case 'synced':
      return synced(state, event.errorCode);
    case 'answered':
      return answered(state, event.errorCode);
    case 'unreachable':
      return searchAgain(state);
    case 'session-expired':
      return state.phase === 'stable' ? release(forget(state), false) : { state, actions: [] };
    case 'subscription-changed':
      return state.phase === 'stable' ? release(state, true) : { state, actions: [] };
    case 'given-up':
      return state.phase === 'releasing' ? join(state) : { state, actions: [] };
    case 'leave': {
      // Without a generation or an id the coordinator knows nothing of us that it would have to forget.
      const known = state.memberId !== '' && state.phase !== 'detached';
      return { state: { ...state, phase: 'left' }, actions: known ? [{ do: 'leave' }] : [] };
    }
  }
}

function coordinatorFound(state: Membership): MembershipStep {
  switch (state.phase) {
    case 'stable':
      // It moved, and took our generation along: nothing was lost but time.
      return { state: { ...state, failures: 0 }, actions: [{ do: 'keep-beating' }] };
    case 'releasing':
      return { state, actions: [] };
    default:
      return join(state);
  }
}

function join(state: Membership): MembershipStep {
  return { state: { ...state, phase: 'joining' }, actions: [{ do: 'join' }] };
}

function joined(state: Membership, event: MembershipEvent & { readonly type: 'joined' }): MembershipStep {
  if (state.phase !== 'joining') return { state, actions: [] };
  const { errorCode, memberId, generationId, leads } = event;
  if (errorCode === ErrorCode.NONE) {
    return {
      state: { ...state, phase: 'syncing', memberId, generationId, failures: 0 },
      actions: [{ do: 'sync', leads }],
    };
  }
  // The id comes with the refusal (KIP-394): a member that never hears of it leaves no ghost in the group.
  if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) return join({ ...state, memberId });
  return refused(state, errorCode);
}

function synced(state: Membership, errorCode: number): MembershipStep {
  if (state.phase !== 'syncing') return { state, actions: [] };
  if (errorCode === ErrorCode.NONE) {
    return { state: { ...state, phase: 'stable', failures: 0 }, actions: [{ do: 'take-assignment' }] };
  }
  // Somebody came or went while we waited: this generation never begins.
  if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return join(state);
  return refused(state, errorCode);
}

/** A JoinGroup or SyncGroup was not accepted. */
function refused(state: Membership, errorCode: number): MembershipStep {
  if (FORGOTTEN.has(errorCode)) return join(forget(state));
  if (COORDINATOR_ELSEWHERE.has(errorCode)) return searchAgain(state);
  if (errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS || errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
    const failures = state.failures + 1;
    return {
      state: { ...state, phase: 'joining', failures },
      actions: [{ do: 'back-off', attempt: failures }, { do: 'join' }],
    };
  }
  return fail(state, errorCode);
}

/** Of a heartbeat or commit. Answers of a generation that is over say nothing about this one. */
function answered(state: Membership, errorCode: number): MembershipStep {
  if (state.phase !== 'stable') return { state, actions: [] };
  if (errorCode === ErrorCode.NONE)
    return { state: { ...state, failures: 0 }, actions: [{ do: 'keep-beating' }] };
  if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return release(state, true);
  if (FORGOTTEN.has(errorCode)) return release(forget(state), false);
  if (COORDINATOR_ELSEWHERE.has(errorCode)) return searchAgain(state);
  if (errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
    return { state, actions: [{ do: 'keep-beating' }] };
  return fail(state, errorCode);
}

/** A stable member stays one while it looks for its coordinator: it keeps its partitions until the session is over. */
function searchAgain(state: Membership): MembershipStep {
  const failures = state.failures + 1;
  const phase = state.phase === 'stable' || state.phase === 'releasing' ? state.phase : 'detached';
  return {
    state: { ...state, phase, failures },
    actions: [{ do: 'back-off', attempt: failures }, { do: 'find-coordinator' }],
  };
}

function release(state: Membership, commit: boolean): MembershipStep {
  return { state: { ...state, phase: 'releasing' }, actions: [{ do: 'release', commit }] };
}

/** A member id that the coordinator does not know is refused for ever. */
function forget(state: Membership): Membership {
  return { ...state, memberId: '', generationId: -1 };
}

/** FENCED_INSTANCE_ID: another process has our name. GROUP_AUTHORIZATION_FAILED, INCONSISTENT_GROUP_PROTOCOL … likewise need a person. */
function fail(state: Membership, errorCode: number): MembershipStep {
  return { state: { ...state, phase: 'failed' }, actions: [{ do: 'fail', errorCode }] };
}
