/**
 * One process of a group of consumers: joins, takes its share, beats, commits, and joins anew whenever it is told to, or told nothing. Several
 * of them share a group, over one topic at a time; the broker loses its power in the middle of their rebalances as of everything else.
 */
import type { GenerationId, PartitionIndex } from '../../../src/base/ids.js';
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { JoinGroup } from '../../../src/wire/messages/join-group.js';
import { LeaveGroup } from '../../../src/wire/messages/leave-group.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import { SyncGroup } from '../../../src/wire/messages/sync-group.js';
import type { TopicLife } from '../history.js';
import { Violation } from '../world.js';
import { Actor, type Means } from './actor.js';
import { commitRequest } from './committer.js';

/** Short, as the lives of the broker are. */
const SESSION_MS = 600;
const REBALANCE_MS = 300;

/** What the members of one group were told, all together. */
export class GroupHistory {
  /** The newest generation in which anyone was told its share. */
  newest: GenerationId = 0;
  readonly #owners = new Map<string, string>();

  /** @throws Violation when an older generation is told after a newer, or a partition has two owners in one */
  told(group: string, generation: GenerationId, partitions: readonly PartitionIndex[], owner: string): void {
    if (generation < this.newest)
      throw new Violation(
        `${group}: ${owner} is told its share of generation ${generation} after ${this.newest}`,
      );
    this.newest = generation;
    for (const partition of partitions) {
      const claim = `${generation}/${partition}`;
      const other = this.#owners.get(claim) ?? owner;
      if (other !== owner)
        throw new Violation(
          `${group}: in generation ${generation} both ${other} and ${owner} own partition ${partition}`,
        );
      this.#owners.set(claim, owner);
    }
  }
}

/** `again`: the member joins anew; `over`: the topic is gone. */
type Went = 'well' | 'again' | 'over';

export class GroupMember extends Actor {
  readonly #groups: Map<string, GroupHistory>;
  #memberId = '';
  #generation: GenerationId = -1;
  #mine: readonly PartitionIndex[] = [];

  constructor(groups: Map<string, GroupHistory>, means: Means) {
    super(means);
    this.#groups = groups;
  }

  async run(): Promise<never> {
    for (;;) {
      await this.#pause();
      const topic = this.history.topicsThere[0];
      if (topic === undefined) continue;
      // A group of its own for each life of a topic: what a deletion does to positions is not the question here.
      const group = `members-${topic.serial}`;
      let history = this.#groups.get(group);
      if (history === undefined) this.#groups.set(group, (history = new GroupHistory()));
      this.#memberId = '';
      while (topic.state === 'there') await this.#takePart(group, topic, history);
    }
  }

  async #pause(): Promise<void> {
    await this.gate.passed('the new');
    await this.world.sleep(this.prng.random() * 8);
    await this.gate.passed('the new');
  }

  /** From one rebalance to the next. */
  async #takePart(group: string, topic: TopicLife, history: GroupHistory): Promise<void> {
    await this.#pause();
    const found = await this.client.ask(FindCoordinator, { keyType: 0, coordinatorKeys: [group] });
    if (found?.coordinators[0]?.errorCode !== ErrorCode.NONE) return this.client.backOff();
    if ((await this.#join(group, topic, history)) !== 'well') return;
    for (;;) {
      await this.#pause();
      if (topic.state !== 'there') return;
      const draw = this.prng.random();
      if (draw < 0.03) {
        await this.#leave(group);
        return;
      }
      // Its process dies, and another one begins; its session has to end by itself.
      if (draw < 0.05) {
        this.#memberId = '';
        return;
      }
      const went = draw < 0.5 ? await this.#beat(group) : await this.#commit(group, topic, history);
      if (went !== 'well') return;
    }
  }

  async #join(group: string, topic: TopicLife, history: GroupHistory): Promise<Went> {
    const answer = await this.client.ask(JoinGroup, {
      groupId: group,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: this.#memberId,
      protocolType: 'sim',
      protocols: [{ name: 'turns', metadata: Buffer.from(this.name) }],
    });
    if (answer === undefined) return 'again';
    if (answer.errorCode !== ErrorCode.NONE) {
      if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = answer.memberId;
      return this.#refused('join', group, answer.errorCode);
    }
    this.#memberId = answer.memberId;
    this.#generation = answer.generationId;
    const { members } = answer;
    const assignments = members.map(({ memberId }, nth) => {
      const partitions = topic.partitions.map((_, at) => at).filter((at) => at % members.length === nth);
      return { memberId, assignment: Buffer.from(partitions.join(',')) };
    });
    if (this.prng.chance(0.1)) await this.world.sleep(this.prng.random() * 2 * REBALANCE_MS);
    const share = await this.client.ask(SyncGroup, {
      groupId: group,
      generationId: this.#generation,
      memberId: this.#memberId,
      protocolType: 'sim',
      protocolName: 'turns',
      assignments,
    });
    if (share === undefined) return 'again';
    if (share.errorCode !== ErrorCode.NONE) return this.#refused('sync', group, share.errorCode);
    this.#mine = share.assignment.toString().split(',').filter(Boolean).map(Number);
    this.note(`${group} generation ${this.#generation}: ${this.#mine.join(' ')}`);
    history.told(group, this.#generation, this.#mine, this.#memberId);
    return 'well';
  }

  async #beat(group: string): Promise<Went> {
    const answer = await this.client.ask(Heartbeat, {
      groupId: group,
      generationId: this.#generation,
      memberId: this.#memberId,
    });
    if (answer === undefined || answer.errorCode === ErrorCode.NONE) return 'well';
    return this.#refused('heartbeat', group, answer.errorCode);
  }

  async #leave(group: string): Promise<void> {
    const members = [{ memberId: this.#memberId }];
    await this.client.ask(LeaveGroup, { groupId: group, members });
    this.#memberId = '';
  }

  async #commit(group: string, topic: TopicLife, history: GroupHistory): Promise<Went> {
    const partition = this.#mine.length === 0 ? undefined : this.prng.pick(this.#mine);
    if (partition === undefined) return 'well';
    const commit = this.history.commitsOf(group, topic, partition);
    const position = ++commit.asked;
    const generation = this.#generation;
    // By then, whoever was told of a newer generation may have begun to read this partition.
    const newest = history.newest;
    const answer = await this.client.ask(OffsetCommit, {
      ...commitRequest(commit),
      memberId: this.#memberId,
      generationIdOrMemberEpoch: generation,
    });
    if (answer === undefined) return 'again';
    if (topic.state !== 'there') return 'over';
    const error = answer.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (error !== ErrorCode.NONE) return this.#refused('commit', group, error);
    if (generation < newest)
      throw new Violation(
        `${group}: a commit of generation ${generation} is accepted after ${newest} was told`,
      );
    commit.acknowledged = Math.max(commit.acknowledged, position);
    return 'well';
  }

  async #refused(what: string, group: string, code: number): Promise<Went> {
    const error = code as ErrorCode;
    this.note(`${group} ${what} refused: ${errorName(error)}`);
    if (error === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = '';
    else if (!TOLD_TO_REJOIN.has(error) && !isRetriable(error))
      throw new Violation(`a ${what} of ${group} was refused: ${errorName(error)}`);
    await this.client.backOff();
    return 'again';
  }
}

const TOLD_TO_REJOIN = new Set<ErrorCode>([
  ErrorCode.MEMBER_ID_REQUIRED,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.ILLEGAL_GENERATION,
]);
