export interface TestGroupMember {
  readonly memberId: string;
  /** `group.instance.id` of a static member. */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** What it has been assigned; none before the group is stable, or where the assignment is not a consumer's. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
}

/** `Dead`: there is no such group. */
export type TestGroupState = 'Dead' | 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  /** Committed: of the next record to be read. */
  readonly offset: number;
  /** What was committed with it. */
  readonly metadata: string;
  /** Records that lie behind it. */
  readonly lag: number;
}

export interface CaughtUpOptions {
  /** Of this topic alone; without it, of all that the group has committed offsets of or subscribes to. */
  readonly topic?: string;
  /** How long to wait; default 5,000. Real time. */
  readonly timeoutMs?: number;
}

export interface StableOptions {
  /** With so many members; without it, any but none. */
  readonly members?: number;
  /** How long to wait; default 10,000, since clients learn of a rebalance at their next heartbeat. Real time. */
  readonly timeoutMs?: number;
}

/** One consumer group, seen and changed from inside the broker. It need not be there yet. */
export interface TestGroup {
  readonly id: string;

  state(): Promise<TestGroupState>;

  /** Who is in it now. */
  members(): Promise<TestGroupMember[]>;

  /** What it has committed, by topic and partition. */
  offsets(): Promise<GroupOffset[]>;

  /** Records that it has still to commit, over all that it has committed offsets of or subscribes to. */
  lag(): Promise<number>;

  /**
   * Resolves when its committed offsets have reached the ends of the logs: everything that was written before has been read, and its reading
   * has been committed.
   * @throws GROUP_LAGS after `timeoutMs`, saying which partitions lag; BROKER_STOPPED
   */
  caughtUp(options?: CaughtUpOptions): Promise<void>;

  /**
   * Resolves, to its members, when its partitions have been assigned to them.
   * @throws GROUP_NOT_STABLE after `timeoutMs`, saying how it stands; BROKER_STOPPED
   */
  stable(options?: StableOptions): Promise<TestGroupMember[]>;

  /**
   * Has all members join anew, as when one comes and leaves again, and resolves when the next generation is stable.
   * @throws GROUP_EMPTY; GROUP_NOT_STABLE after `timeoutMs`; BROKER_STOPPED
   */
  rebalance(options?: Pick<StableOptions, 'timeoutMs'>): Promise<void>;

  /**
   * Puts members out, as if their sessions had ended: the one of that member id or instance id, or all of that client id. Each is told at its next
   * heartbeat, and will join again.
   * @throws MEMBER_UNKNOWN
   */
  evict(member: string): Promise<void>;

  /** Deletes it with its offsets, as an admin would; nothing if it is not there. @throws GROUP_NOT_EMPTY */
  delete(): Promise<void>;
}
