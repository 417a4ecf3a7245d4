/** The machine as a table: in which phase, told what, it goes where and asks for what. */
import { describe, expect, test } from 'vitest';
import {
  decide,
  DETACHED,
  type Membership,
  type MembershipAction,
  type MembershipEvent,
  type Phase,
} from '../../../src/client/consumer/membership-classic.js';
import { ErrorCode, type ErrorName } from '../../../src/wire/errors.js';

const detached = DETACHED;
const joining: Membership = { phase: 'joining', memberId: '', generationId: -1, failures: 0 };
const rejoining: Membership = { phase: 'joining', memberId: 'm', generationId: 4, failures: 0 };
const syncing: Membership = { phase: 'syncing', memberId: 'm', generationId: 4, failures: 0 };
const stable: Membership = { phase: 'stable', memberId: 'm', generationId: 4, failures: 0 };
const releasing: Membership = { phase: 'releasing', memberId: 'm', generationId: 4, failures: 0 };

const joined = (error: ErrorName, leads = false): MembershipEvent => ({
  type: 'joined',
  errorCode: ErrorCode[error],
  memberId: 'given',
  generationId: 9,
  leads,
});
const synced = (error: ErrorName): MembershipEvent => ({ type: 'synced', errorCode: ErrorCode[error] });
const answered = (error: ErrorName): MembershipEvent => ({ type: 'answered', errorCode: ErrorCode[error] });

function inWords(action: MembershipAction): string {
  switch (action.do) {
    case 'back-off':
      return `back-off ${action.attempt}`;
    case 'sync':
      return action.leads ? 'assign, sync' : 'sync';
    case 'release':
      return action.commit ? 'commit, release' : 'release';
    case 'fail':
      return `fail ${action.errorCode}`;
    default:
      return action.do;
  }
}

/** state, event, phase, member id, actions */
type Row = [Membership, MembershipEvent, Phase, string, string];
const rows: readonly Row[] = [
  // getting in
  [detached, { type: 'begin' }, 'detached', '', 'find-coordinator'],
  [detached, { type: 'coordinator-found' }, 'joining', '', 'join'],
  [detached, { type: 'unreachable' }, 'detached', '', 'back-off 1; find-coordinator'],
  [joining, joined('MEMBER_ID_REQUIRED'), 'joining', 'given', 'join'],
  [joining, joined('NONE'), 'syncing', 'given', 'sync'],
  [joining, joined('NONE', true), 'syncing', 'given', 'assign, sync'],
  [rejoining, joined('UNKNOWN_MEMBER_ID'), 'joining', '', 'join'],
  [joining, joined('NOT_COORDINATOR'), 'detached', '', 'back-off 1; find-coordinator'],
  [joining, joined('COORDINATOR_NOT_AVAILABLE'), 'detached', '', 'back-off 1; find-coordinator'],
  [joining, joined('COORDINATOR_LOAD_IN_PROGRESS'), 'joining', '', 'back-off 1; join'],
  [joining, joined('REBALANCE_IN_PROGRESS'), 'joining', '', 'back-off 1; join'],
  [joining, joined('INCONSISTENT_GROUP_PROTOCOL'), 'failed', '', 'fail 23'],
  [joining, joined('GROUP_MAX_SIZE_REACHED'), 'failed', '', 'fail 81'],
  [rejoining, { type: 'unreachable' }, 'detached', 'm', 'back-off 1; find-coordinator'],
  // taking the assignment
  [syncing, synced('NONE'), 'stable', 'm', 'take-assignment'],
  [syncing, synced('REBALANCE_IN_PROGRESS'), 'joining', 'm', 'join'],
  [syncing, synced('ILLEGAL_GENERATION'), 'joining', '', 'join'],
  [syncing, synced('UNKNOWN_MEMBER_ID'), 'joining', '', 'join'],
  [syncing, synced('NOT_COORDINATOR'), 'detached', 'm', 'back-off 1; find-coordinator'],
  [syncing, { type: 'unreachable' }, 'detached', 'm', 'back-off 1; find-coordinator'],
  // living
  [stable, answered('NONE'), 'stable', 'm', 'keep-beating'],
  [stable, answered('REBALANCE_IN_PROGRESS'), 'releasing', 'm', 'commit, release'],
  [stable, { type: 'subscription-changed' }, 'releasing', 'm', 'commit, release'],
  [stable, answered('ILLEGAL_GENERATION'), 'releasing', '', 'release'],
  [stable, answered('UNKNOWN_MEMBER_ID'), 'releasing', '', 'release'],
  [stable, { type: 'session-expired' }, 'releasing', '', 'release'],
  [stable, answered('FENCED_INSTANCE_ID'), 'failed', 'm', 'fail 82'],
  [stable, answered('COORDINATOR_LOAD_IN_PROGRESS'), 'stable', 'm', 'keep-beating'],
  // the coordinator moves: partitions are kept
  [stable, answered('NOT_COORDINATOR'), 'stable', 'm', 'back-off 1; find-coordinator'],
  [stable, { type: 'unreachable' }, 'stable', 'm', 'back-off 1; find-coordinator'],
  [stable, { type: 'coordinator-found' }, 'stable', 'm', 'keep-beating'],
  // giving up and coming back
  [releasing, { type: 'given-up' }, 'joining', 'm', 'join'],
  [releasing, { type: 'unreachable' }, 'releasing', 'm', 'back-off 1; find-coordinator'],
  [releasing, { type: 'coordinator-found' }, 'releasing', 'm', ''],
  // answers that come too late say nothing
  [releasing, answered('ILLEGAL_GENERATION'), 'releasing', 'm', ''],
  [joining, answered('UNKNOWN_MEMBER_ID'), 'joining', '', ''],
  [stable, joined('NONE'), 'stable', 'm', ''],
  [stable, synced('REBALANCE_IN_PROGRESS'), 'stable', 'm', ''],
  [joining, { type: 'session-expired' }, 'joining', '', ''],
  [syncing, { type: 'subscription-changed' }, 'syncing', 'm', ''],
  [stable, { type: 'given-up' }, 'stable', 'm', ''],
  // leaving
  [stable, { type: 'leave' }, 'left', 'm', 'leave'],
  [rejoining, { type: 'leave' }, 'left', 'm', 'leave'],
  [joining, { type: 'leave' }, 'left', '', ''],
  [detached, { type: 'leave' }, 'left', '', ''],
  [{ ...stable, phase: 'left' }, answered('REBALANCE_IN_PROGRESS'), 'left', 'm', ''],
  [{ ...stable, phase: 'failed' }, { type: 'coordinator-found' }, 'failed', 'm', ''],
];

describe('a classic member', () => {
  test.each(
    rows.map((row) => {
      const [state, event, phase, memberId, actions] = row;
      const code = 'errorCode' in event ? ` ${event.errorCode}` : '';
      return {
        name: `${state.phase} + ${event.type}${code} → ${phase}: ${actions}`,
        state,
        event,
        phase,
        memberId,
        actions,
      };
    }),
  )('$name', ({ state, event, phase, memberId, actions }) => {
    const step = decide(state, event);
    expect([step.state.phase, step.state.memberId, step.actions.map(inWords).join('; ')]).toEqual([
      phase,
      memberId,
      actions,
    ]);
  });

  test('takes the generation of the join, and forgets it when it is forgotten', () => {
    expect(decide(joining, joined('NONE')).state.generationId).toBe(9);
    expect(decide(stable, answered('UNKNOWN_MEMBER_ID')).state.generationId).toBe(-1);
  });

  test('waits longer from failure to failure, and begins anew after a success', () => {
    let state = detached;
    for (let attempt = 1; attempt <= 3; attempt++) {
      const step = decide(state, { type: 'unreachable' });
      expect(step.actions[0]).toEqual({ do: 'back-off', attempt });
      state = step.state;
    }
    expect(decide({ ...state, phase: 'joining' }, joined('NONE')).state.failures).toBe(0);
    expect(decide({ ...state, phase: 'stable' }, answered('NONE')).state.failures).toBe(0);
  });
});
