import type { RunningServer } from '../server/start-server.js';
import type { Connections } from './connections.js';
import type { ApiName } from './faults/api-names.js';
import type { DelayOptions, DropOptions, FailOptions, Fault, RefusedConnections } from './faults/fault.js';
import type { Faults } from './faults/faults.js';
import { InsideGroup } from './groups/inside-group.js';
import type { TestGroup, TestGroupState } from './groups/test-group.js';
import type { Inside } from './inside.js';
import { keepingAlive } from './keep-alive.js';
import { checkOptionNames } from './option-names.js';
import { readRecords, userTopics } from './records/read-records.js';
import type { RecordsOptions, TestRecord } from './records/test-record.js';
import type { ListedGroup, TestBroker } from './test-broker.js';
import type { TestConnection } from './test-connection.js';
import { durationMs } from './time/duration.js';
import type { TestClock } from './time/test-clock.js';
import { recreateDeclared } from './topics/declared-topics.js';
import { InsideTopic } from './topics/inside-topic.js';
import type { TestTopic } from './topics/test-topic.js';
import type { DeclaredTopics } from './topics/topic-options.js';
import { stopped } from './waiting.js';

const ALL_GROUPS = { statesFilter: [], typesFilter: [] };

export interface InProcessBrokerParts {
  readonly running: RunningServer;
  readonly topics: DeclaredTopics;
  readonly inside: Inside;
  readonly faults: Faults;
  readonly connections: Connections;
}

export class InProcessBroker implements TestBroker {
  readonly brokers: string[];
  readonly clock: TestClock;
  readonly #running: RunningServer;
  readonly #topics: DeclaredTopics;
  readonly #inside: Inside;
  readonly #faults: Faults;
  readonly #connections: Connections;
  /** Resets run one after the other. */
  #resetting: Promise<void> = Promise.resolve();

  constructor({ running, topics, inside, faults, connections }: InProcessBrokerParts) {
    this.brokers = [`${running.address.host}:${running.address.port}`];
    this.#running = running;
    this.#topics = topics;
    this.#inside = inside;
    this.#faults = faults;
    this.#connections = connections;
    this.clock = {
      now: () => inside.clock.now(),
      advance: (duration) =>
        keepingAlive(async () => {
          const ms = durationMs('advance', duration);
          this.#checkRunning('advance');
          // A heartbeat in the middle of it would keep a session alive that the test wants to end.
          await connections.whileHeld(() => inside.clock.advance(ms));
        }),
    };
  }

  records(topic: string, options: RecordsOptions = {}): Promise<TestRecord[]> {
    checkOptionNames('records', options, ['count', 'partition', 'timeoutMs']);
    return readRecords(this.#inside, topic, options);
  }

  topic(name: string): TestTopic {
    return new InsideTopic(name, this.#inside);
  }

  topics(): string[] {
    return userTopics(this.#inside.broker);
  }

  group(id: string): TestGroup {
    return new InsideGroup(id, this.#inside);
  }

  async groups(): Promise<ListedGroup[]> {
    const { groups } = await this.#inside.broker.groups.listGroups(ALL_GROUPS);
    const listed = groups.map(({ groupId, groupState, protocolType }) => ({
      id: groupId,
      state: groupState as TestGroupState,
      protocolType,
    }));
    return listed.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  connections(): TestConnection[] {
    return this.#connections.list();
  }

  fail(api: ApiName, options: FailOptions): Fault {
    return this.#faults.fail(api, options);
  }

  delay(api: ApiName, options: DelayOptions): Fault {
    return this.#faults.delay(api, options);
  }

  dropConnections(options: DropOptions = {}): Fault {
    return this.#faults.drop(options);
  }

  refuseConnections(): RefusedConnections {
    return this.#connections.refuse();
  }

  reset(): Promise<void> {
    const before = this.#resetting;
    const turn = keepingAlive(async () => {
      // Whether it failed is told to whoever asked for it.
      await before.catch(() => {});
      this.#checkRunning('reset');
      this.#endFaults();
      this.#inside.clock.showRealTime();
      const { broker } = this.#running;
      await broker.forgetGroups();
      await recreateDeclared(broker, this.#topics);
    });
    this.#resetting = turn;
    return turn;
  }

  async stop(): Promise<void> {
    this.#inside.patience.stopSignal.stop();
    // What they hold back would hold up the connections' end.
    this.#endFaults();
    await keepingAlive(async () => {
      await this.#resetting.catch(() => {});
      await this.#running.stop();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #endFaults(): void {
    this.#faults.cancelAll();
    this.#connections.allowAll();
  }

  /** @throws UserError BROKER_STOPPED */
  #checkRunning(what: string): void {
    if (this.#inside.patience.stopSignal.stopped) throw stopped(what);
  }
}
