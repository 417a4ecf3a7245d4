/** Members that do anything at any time, for tests that hold the group to its rules meanwhile: what they know, ask, and take from answers. */
import * as fc from 'fast-check';
import type { JoinGroupResponse } from '../../../src/coordinator/group/requests.js';
import { ErrorCode } from '../../../src/wire/errors.js';

export const SESSION_MS = 10_000;
export const REBALANCE_MS = 15_000;
export const PROTOCOLS = [['range'], ['range', 'sticky'], ['sticky', 'range']] as const;

/** Who is told this begins anew. */
export const FORGET: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.GROUP_MAX_SIZE_REACHED,
]);

/** A member, as far as it knows. */
export class Member {
  readonly instance: string | null;
  memberId = '';
  generation = -1;
  /** Who is in its generation, if it leads. */
  assigns: readonly string[] = [];

  constructor(instance: string | null) {
    this.instance = instance;
  }

  /** Its process begins anew, and knows its instance id at most. */
  restart(): void {
    this.memberId = '';
    this.generation = -1;
    this.assigns = [];
  }

  joinRequest(protocols: readonly string[]) {
    return {
      groupId: 'g',
      memberId: this.memberId,
      groupInstanceId: this.instance,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: protocols.map((name) => ({ name, metadata: Buffer.from(name) })),
      reason: null,
    };
  }

  joined(answer: JoinGroupResponse): void {
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = answer.memberId;
    else if (FORGET.has(answer.errorCode)) this.memberId = '';
    if (answer.errorCode !== ErrorCode.NONE) return;
    this.memberId = answer.memberId;
    this.generation = answer.generationId;
    const leads = answer.leader === answer.memberId && !answer.skipAssignment;
    this.assigns = leads ? answer.members.map(({ memberId }) => memberId) : [];
  }

  syncRequest<Share>(assignments: Share[]) {
    return {
      groupId: 'g',
      generationId: this.generation,
      memberId: this.memberId,
      groupInstanceId: this.instance,
      protocolType: null,
      protocolName: null,
      assignments,
    };
  }

  commitRequest(partitionIndex: number, committedOffset: number) {
    const position = { partitionIndex, committedOffset, committedLeaderEpoch: 3, committedMetadata: null };
    return {
      groupId: 'g',
      memberId: this.memberId,
      generationIdOrMemberEpoch: this.generation,
      groupInstanceId: this.instance,
      retentionTimeMs: -1,
      topics: [{ name: 't', partitions: [position] }],
    };
  }
}

/** Makes arbitrary steps that a failing run shows by name, as `sync(3, 42)`. */
export function stepsOf<Step extends object>() {
  return <T extends unknown[]>(
    name: string,
    arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
    make: (...args: T) => Step,
  ): fc.Arbitrary<Step> =>
    fc
      .tuple(...arbitraries)
      .map((args) =>
        Object.assign(make(...(args as T)), { [fc.toStringMethod]: () => `${name}(${args.join(', ')})` }),
      );
}
