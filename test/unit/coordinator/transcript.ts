/**
 * Runs a scenario in the manner of etcd-raft's datadriven tests: commands, each followed by `----` and by what it made happen. The
 * commands are listed at `COMMANDS`; members go by short names, and their ids are shown as `client-N`, N counting the ids drawn.
 */
import { Compression } from '../../../src/records/compression/compression.js';
import { isControl } from '../../../src/records/batch.js';
import { batchesIn, recordsIn } from '../../../src/records/iterate.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { codec } from '../../../src/wire/codec.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { Writer } from '../../../src/wire/writer.js';
import { GroupCoordinators } from '../../../src/coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG, type GroupConfig } from '../../../src/coordinator/group/config.js';
import { groupRecordFormat } from '../../../src/coordinator/group/records.js';
import type { GroupClient, JoinGroupResponse } from '../../../src/coordinator/group/requests.js';
import type { GroupRecord } from '../../../src/coordinator/group/state.js';
import { ConsumerProtocolSubscription } from '../../../src/coordinator/group/subscription.js';
import { CountingEntropy, ManualClock, ManualLog, StoredLog } from './world.js';

interface Member {
  id: string;
  generation: number;
}

/** `words` without `=`, and `options` with. */
interface Command {
  readonly name: string;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

export class Transcript {
  readonly #clock = new ManualClock();
  readonly #stored = new StoredLog();
  readonly #compression = new Compression();
  readonly #members = new Map<string, Member>();
  #log: ManualLog | null = null;
  #coordinators: GroupCoordinators | null = null;
  readonly #deletedTopics = new Set<string>();
  #batchBytesMax: number | undefined;
  #releaseLoad: (() => void) | null = null;
  #trace: string[] = [];

  /** The file as it should read. */
  async run(text: string): Promise<string> {
    const out: string[] = [];
    const blocks = text.trimEnd().split(/\n\n+/);
    for (const block of blocks) {
      const [commands = ''] = block.split(/^----$/m);
      const lines = commands.split('\n').filter((line) => line !== '');
      this.#trace = [];
      const isComment = lines.every((line) => line.startsWith('#'));
      for (const line of lines) if (!line.startsWith('#')) await this.#execute(parse(line));
      if (isComment) out.push(lines.join('\n'));
      else out.push([...lines, '----', ...(this.#trace.length > 0 ? this.#trace : ['(nothing)'])].join('\n'));
    }
    return `${out.join('\n\n')}\n`;
  }

  async #execute(command: Command): Promise<void> {
    const run = this.#COMMANDS[command.name];
    if (run === undefined) throw new Error(`no such command: ${command.name}`);
    await run(command);
    await this.#clock.settle();
  }

  readonly #COMMANDS: Readonly<Record<string, (command: Command) => void | Promise<void>>> = {
    // coordinator [initial-delay=3s] [max-size=N] [retention=7d] [commits=when-told] … : the first command of each scenario
    coordinator: ({ options }) => this.#create(options),
    // join NAME [v=9] [client=c] [instance=I] [session=10s] [rebalance=60s] [protocols=range:t1+t2,sticky] [type=consumer] [id=…] [group=g]
    join: (command) => this.#join(command),
    // sync NAME [assign=NAME:bytes,NAME:bytes] [gen=N] [id=…] [protocol=…]
    sync: (command) => this.#sync(command),
    heartbeat: (command) => this.#heartbeat(command),
    // leave NAME… [v=5] | leave instance=I
    leave: (command) => this.#leave(command),
    // commit NAME t-0=5 [t-1=6/metadata] ; NAME `-`: no member
    commit: (command) => this.#commit(command),
    // fetch [t-0 …] ; nothing: all
    fetch: (command) => this.#fetch(command),
    // advance 5s
    advance: ({ words }) => this.#clock.advance(millis(words[0] ?? '')),
    // commit-log [OFFSET]: the high watermark reaches it, or the log's end
    'commit-log': ({ words }) =>
      this.#leading().commit(words[0] === undefined ? undefined : Number(words[0])),
    // fail-append ERROR: the next append fails
    'fail-append': ({ words }) => {
      this.#leading().nextAppendError = errorNamed(words[0]);
    },
    // take-back ERROR: what is not committed is lost
    'take-back': ({ words }) => this.#leading().takeBack(errorNamed(words[0])),
    // reload [lose-uncommitted] [hold]: another broker takes over, or this one comes back
    reload: ({ words }) => this.#reload(words),
    // release-load: a held reload goes on
    'release-load': () => this.#releaseLoad?.(),
    resign: () => this.#asked().resign(0),
    describe: (command) => this.#describe(command),
    list: ({ options }) => this.#list(options),
    'delete-group': ({ words }) => this.#deleteGroup(words[0] ?? 'g'),
    // delete-offsets t-0 …
    'delete-offsets': (command) => this.#deleteOffsets(command),
    // delete-topic TOPIC ; with `unheard`, the coordinators are not told
    'delete-topic': ({ words }) => this.#deleteTopic(words),
    'create-topic': ({ words }) => void this.#deletedTopics.delete(words[0] ?? ''),
    // timers: how many the clock holds
    timers: () => this.#say(`${this.#clock.timers} on the clock`),
    // log: all that is in it
    log: () => {
      for (const { bytes } of this.#stored.batches) this.#sayBatch(bytes);
    },
  };

  #create(options: ReadonlyMap<string, string>): void {
    const duration = (name: string, otherwise: number) => {
      const given = options.get(name);
      return given === undefined ? otherwise : millis(given);
    };
    const config: GroupConfig = {
      ...DEFAULT_GROUP_CONFIG,
      initialRebalanceDelayMs: duration('initial-delay', 0),
      membersMax: Number(options.get('max-size') ?? DEFAULT_GROUP_CONFIG.membersMax),
      offsetMetadataMax: Number(options.get('metadata-max') ?? DEFAULT_GROUP_CONFIG.offsetMetadataMax),
      offsetsRetentionMs: duration('retention', DEFAULT_GROUP_CONFIG.offsetsRetentionMs),
      pendingMembersMax: Number(options.get('pending-max') ?? DEFAULT_GROUP_CONFIG.pendingMembersMax),
    };
    const batchMax = options.get('batch-max');
    if (batchMax !== undefined) this.#batchBytesMax = Number(batchMax);
    this.#coordinators = new GroupCoordinators({
      partitionCount: () => 1,
      topicExists: (topic) => !this.#deletedTopics.has(topic),
      config,
      clock: this.#clock,
      entropy: new CountingEntropy(),
      // A bug of the coordinator's own would show in the transcript.
      logger: { ...SILENT_LOGGER, error: (message) => this.#say(`BUG ${message}`) },
      compression: this.#compression,
    });
    void this.#asked().becomeLeader(
      this.#newLog(options.get('commits') === 'when-told' ? 'when told' : 'at once', 0),
    );
  }

  #newLog(commits: 'at once' | 'when told', epoch: number): ManualLog {
    this.#log = new ManualLog({
      stored: this.#stored,
      epoch,
      commits,
      onAppend: (batch) => this.#sayBatch(batch),
      ...(this.#batchBytesMax !== undefined && { batchBytesMax: this.#batchBytesMax }),
    });
    return this.#log;
  }

  #reload(words: readonly string[]): void {
    const before = this.#leading();
    before.depose();
    if (words.includes('lose-uncommitted')) this.#stored.truncate(this.#stored.highWatermark);
    const log = this.#newLog(before.commits, before.epoch + 1);
    if (words.includes('hold')) {
      log.holdLoad = new Promise((resolve) => {
        this.#releaseLoad = resolve;
      });
    }
    void this.#asked().becomeLeader(log);
  }

  #join({ words, options }: Command): void {
    const name = words[0] ?? '';
    const member = this.#member(name);
    const instance = options.get('instance');
    const response = this.#asked().joinGroup(
      {
        groupId: options.get('group') ?? 'g',
        memberId: options.get('id') ?? member.id,
        groupInstanceId: instance ?? null,
        sessionTimeoutMs: millis(options.get('session') ?? '10s'),
        rebalanceTimeoutMs: millis(options.get('rebalance') ?? '60s'),
        protocolType: options.get('type') ?? 'consumer',
        protocols: (options.get('protocols') ?? 'range:t').split(',').map((protocol) => {
          const [protocolName = '', topics = ''] = protocol.split(':');
          return { name: protocolName, metadata: subscription(topics.split('+').filter(Boolean)) };
        }),
        reason: null,
      },
      client(options),
    );
    this.#whenAnswered(response, (answer) => {
      if (answer.memberId !== '') member.id = answer.memberId;
      if (answer.errorCode === ErrorCode.NONE) member.generation = answer.generationId;
      this.#say(`${name} join: ${joinAnswer(answer)}`);
    });
  }

  #sync({ words, options }: Command): void {
    const name = words[0] ?? '';
    const member = this.#member(name);
    const assign = options.get('assign');
    const assignments = assign === undefined ? [] : assign.split(',').map((pair) => pair.split(':'));
    const response = this.#asked().syncGroup({
      groupId: options.get('group') ?? 'g',
      generationId: Number(options.get('gen') ?? member.generation),
      memberId: options.get('id') ?? member.id,
      groupInstanceId: options.get('instance') ?? null,
      protocolType: options.get('type') ?? null,
      protocolName: options.get('protocol') ?? null,
      assignments: assignments.map(([to = '', bytes = '']) => ({
        memberId: this.#member(to).id,
        assignment: Buffer.from(bytes),
      })),
    });
    this.#whenAnswered(response, ({ errorCode, protocolName, assignment }) => {
      const result =
        errorCode === ErrorCode.NONE ? `${protocolName} [${assignment.toString()}]` : errorName(errorCode);
      this.#say(`${name} sync: ${result}`);
    });
  }

  #heartbeat({ words, options }: Command): void {
    for (const name of words) {
      const member = this.#member(name);
      const response = this.#asked().heartbeat({
        groupId: options.get('group') ?? 'g',
        generationId: Number(options.get('gen') ?? member.generation),
        memberId: options.get('id') ?? member.id,
        groupInstanceId: options.get('instance') ?? null,
      });
      this.#whenAnswered(response, ({ errorCode }) =>
        this.#say(`${name} heartbeat: ${errorName(errorCode)}`),
      );
    }
  }

  #leave({ words, options }: Command): void {
    const instance = options.get('instance') ?? null;
    const members = words.map((name) => ({
      memberId: this.#member(name).id,
      groupInstanceId: instance,
      reason: null,
    }));
    if (members.length === 0) members.push({ memberId: '', groupInstanceId: instance, reason: null });
    const response = this.#asked().leaveGroup(
      { groupId: options.get('group') ?? 'g', memberId: members[0]?.memberId ?? '', members },
      client(options),
    );
    this.#whenAnswered(response, ({ errorCode, members: left }) => {
      const each = left.map(
        (one) => `${shortId(one.memberId) || one.groupInstanceId} ${errorName(one.errorCode)}`,
      );
      this.#say(`leave: ${[errorName(errorCode), ...each].join(', ')}`);
    });
  }

  #commit({ words, options }: Command): void {
    const [name = '-'] = words;
    const member = name === '-' ? { id: '', generation: -1 } : this.#member(name);
    const known = ['group', 'v', 'gen', 'id', 'instance', 'client', 'retention', 'epoch'];
    const topics = [...options]
      .filter(([key]) => !known.includes(key))
      .map(([topicPartition, value]) => {
        const [offset = '', metadata] = value.split('/');
        return {
          name: topicOf(topicPartition),
          partitions: [
            {
              partitionIndex: partitionOf(topicPartition),
              committedOffset: Number(offset),
              committedLeaderEpoch: Number(options.get('epoch') ?? -1),
              committedMetadata: metadata ?? null,
            },
          ],
        };
      });
    const retention = options.get('retention');
    const response = this.#asked().commitOffsets(
      {
        groupId: options.get('group') ?? 'g',
        generationIdOrMemberEpoch: Number(options.get('gen') ?? member.generation),
        memberId: options.get('id') ?? member.id,
        groupInstanceId: options.get('instance') ?? null,
        retentionTimeMs: retention === undefined ? -1 : millis(retention),
        topics,
      },
      client(options),
    );
    this.#whenAnswered(response, ({ topics: answered }) => {
      const each = answered.flatMap((topic) =>
        topic.partitions.map(
          (partition) => `${topic.name}-${partition.partitionIndex} ${errorName(partition.errorCode)}`,
        ),
      );
      this.#say(`${name} commit: ${each.join(', ')}`);
    });
  }

  #fetch({ words, options }: Command): void {
    const groupId = options.get('group') ?? 'g';
    const topics = words.map((word) => ({ name: topicOf(word), partitionIndexes: [partitionOf(word)] }));
    const response = this.#asked().fetchOffsets({
      groups: [{ groupId, memberId: null, memberEpoch: -1, topics: words.length === 0 ? null : topics }],
      requireStable: true,
    });
    this.#whenAnswered(response, ({ groups }) => {
      for (const { errorCode, topics: fetched } of groups) {
        const each = fetched.flatMap((topic) =>
          topic.partitions.map(
            ({ partitionIndex, committedOffset, committedLeaderEpoch, metadata }) =>
              `${topic.name}-${partitionIndex}=${committedOffset}` +
              (committedLeaderEpoch === -1 ? '' : ` epoch=${committedLeaderEpoch}`) +
              (metadata === '' ? '' : ` "${metadata}"`),
          ),
        );
        this.#say(`fetch: ${errorName(errorCode)} ${each.join(', ') || '(no offsets)'}`);
      }
    });
  }

  #describe({ words, options }: Command): void {
    const response = this.#asked().describeGroups({ groups: [words[0] ?? 'g'] }, client(options));
    this.#whenAnswered(response, ({ groups }) => {
      for (const group of groups) {
        const error = group.errorCode === ErrorCode.NONE ? '' : `${errorName(group.errorCode)} `;
        this.#say(
          `${group.groupId}: ${error}${group.groupState} ${group.protocolType}/${group.protocolData}`,
        );
        for (const { memberId, groupInstanceId, clientHost, memberAssignment } of group.members) {
          const instance = groupInstanceId === null ? '' : ` instance=${groupInstanceId}`;
          this.#say(`  ${shortId(memberId)}${instance} ${clientHost} [${memberAssignment.toString()}]`);
        }
      }
    });
  }

  #list(options: ReadonlyMap<string, string>): void {
    const filter = (name: string) => options.get(name)?.split(',') ?? [];
    const response = this.#asked().listGroups({
      statesFilter: filter('states'),
      typesFilter: filter('types'),
    });
    this.#whenAnswered(response, ({ errorCode, groups }) => {
      this.#say(`list: ${errorName(errorCode)}`);
      for (const group of groups) {
        this.#say(`  ${group.groupId} ${group.groupState} ${group.protocolType || '-'} ${group.groupType}`);
      }
    });
  }

  #deleteGroup(groupId: string): void {
    this.#whenAnswered(this.#asked().deleteGroups({ groupsNames: [groupId] }), ({ results }) => {
      for (const result of results) this.#say(`delete ${result.groupId}: ${errorName(result.errorCode)}`);
    });
  }

  #deleteOffsets({ words, options }: Command): void {
    const topics = words.map((word) => ({
      name: topicOf(word),
      partitions: [{ partitionIndex: partitionOf(word) }],
    }));
    this.#whenAnswered(
      this.#asked().deleteOffsets({ groupId: options.get('group') ?? 'g', topics }),
      (response) => {
        const each = response.topics.flatMap((topic) =>
          topic.partitions.map(
            (partition) => `${topic.name}-${partition.partitionIndex} ${errorName(partition.errorCode)}`,
          ),
        );
        this.#say(`delete-offsets: ${[errorName(response.errorCode), ...each].join(', ')}`);
      },
    );
  }

  #deleteTopic([topic = '', unheard]: readonly string[]): void {
    this.#deletedTopics.add(topic);
    if (unheard !== undefined) return;
    this.#whenAnswered(this.#asked().topicDeleted(topic), () => this.#say('delete-topic: done'));
  }

  // ── printing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #sayBatch(batch: Buffer): void {
    for (const at of batchesIn(batch)) {
      if (isControl(batch, at)) throw new Error('the coordinator writes no control batches');
      for (const { offset, key, value } of recordsIn(batch, at, this.#compression, 1 << 20)) {
        const decoded = groupRecordFormat.decode(key ?? Buffer.alloc(0), value);
        this.#say(`  @${offset} ${decoded.kind === 'record' ? recordLine(decoded.record) : decoded.kind}`);
      }
    }
  }

  #whenAnswered<T>(promise: Promise<T>, say: (answer: T) => void): void {
    promise.then(say).catch((error: unknown) => this.#say(`threw ${String(error)}`));
  }

  #say(line: string): void {
    this.#trace.push(line);
  }

  #member(name: string): Member {
    let member = this.#members.get(name);
    if (member === undefined) {
      member = { id: '', generation: -1 };
      this.#members.set(name, member);
    }
    return member;
  }

  #asked(): GroupCoordinators {
    if (this.#coordinators === null) throw new Error('a scenario begins with `coordinator`');
    return this.#coordinators;
  }

  #leading(): ManualLog {
    if (this.#log === null) throw new Error('a scenario begins with `coordinator`');
    return this.#log;
  }
}

function parse(line: string): Command {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const options = new Map<string, string>();
  const words: string[] = [];
  for (const word of rest) {
    const at = word.indexOf('=');
    if (at > 0) options.set(word.slice(0, at), word.slice(at + 1));
    else words.push(word);
  }
  return { name, words, options };
}

function client(options: ReadonlyMap<string, string>): GroupClient {
  return {
    apiVersion: Number(options.get('v') ?? 9),
    clientId: options.get('client') ?? 'c',
    clientHost: options.get('host') ?? '/127.0.0.1',
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function millis(duration: string): number {
  const match = /^(-?\d+)(ms|s|m|h|d)$/.exec(duration);
  if (match === null) throw new Error(`not a duration: '${duration}'`);
  return Number(match[1]) * (UNITS[match[2] as string] as number);
}

function errorNamed(name: string | undefined): ErrorCode {
  const code = Object.entries(ErrorCode).find(([known]) => known === name)?.[1];
  if (code === undefined) throw new Error(`no such error: ${name}`);
  return code;
}

function subscription(topics: readonly string[]): Buffer {
  const writer = new Writer();
  writer.int16(0);
  codec(ConsumerProtocolSubscription, 0).encode(writer, { topics });
  return Buffer.concat(writer.parts());
}

function topicOf(topicPartition: string): string {
  return topicPartition.slice(0, topicPartition.lastIndexOf('-'));
}

function partitionOf(topicPartition: string): number {
  return Number(topicPartition.slice(topicPartition.lastIndexOf('-') + 1));
}

/** `c-00000001-0000-4000-8000-000000000000` as `c-1`. */
function shortId(memberId: string): string {
  return memberId.replace(
    /-([0-9a-f]{8})-0000-4000-8000-000000000000$/,
    (_, count: string) => `-${Number.parseInt(count, 16)}`,
  );
}

function joinAnswer(answer: JoinGroupResponse): string {
  const { errorCode, memberId, generationId, protocolName, leader, skipAssignment, members } = answer;
  if (errorCode !== ErrorCode.NONE)
    return `${errorName(errorCode)}${memberId === '' ? '' : ` id=${shortId(memberId)}`}`;
  const group = members.map(
    (member) =>
      shortId(member.memberId) + (member.groupInstanceId === null ? '' : `(${member.groupInstanceId})`),
  );
  return (
    `id=${shortId(memberId)} gen=${generationId} ${protocolName} leader=${shortId(leader)}` +
    (skipAssignment ? ' skip-assignment' : '') +
    (group.length === 0 ? '' : ` members=${group.join(',')}`)
  );
}

function recordLine(record: GroupRecord): string {
  if (record.kind === 'offset') {
    const { groupId, topic, partition, value } = record;
    const what =
      value === null ? 'gone' : `${value.offset}${value.metadata === '' ? '' : ` "${value.metadata}"`}`;
    return `${groupId} offset ${topic}-${partition} ${what}`;
  }
  const { groupId, value } = record;
  if (value === null) return `${groupId} gone`;
  const members = value.members.map(
    (member) => `${shortId(member.memberId)}[${member.assignment.toString()}]`,
  );
  return `${groupId} gen=${value.generation} ${value.protocol ?? '-'} leader=${shortId(value.leader ?? '-')} ${members.join(' ') || '(empty)'}`;
}
