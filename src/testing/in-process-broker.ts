import { UserError } from '../base/errors.js';
import type { RunningServer } from '../server/start-server.js';
import { keepingAlive } from './keep-alive.js';
import { type RecordsOptions, type RecordsSource, readRecords } from './read-records.js';
import type { TestBroker } from './test-broker.js';
import type { StopSignal } from './stop-signal.js';
import type { TestRecord } from './test-record.js';
import { type DeclaredTopics, recreateDeclared } from './topics.js';

export class InProcessBroker implements TestBroker {
  readonly brokers: string[];
  readonly #running: RunningServer;
  readonly #topics: DeclaredTopics;
  readonly #source: RecordsSource;
  readonly #stopSignal: StopSignal;
  /** Resets run one after the other. */
  #resetting: Promise<void> = Promise.resolve();

  constructor(running: RunningServer, topics: DeclaredTopics, source: RecordsSource) {
    this.brokers = [`${running.address.host}:${running.address.port}`];
    this.#running = running;
    this.#topics = topics;
    this.#source = source;
    this.#stopSignal = source.stopSignal;
  }

  records(topic: string, options: RecordsOptions = {}): Promise<TestRecord[]> {
    return keepingAlive(() => readRecords(this.#source, topic, options));
  }

  reset(): Promise<void> {
    const before = this.#resetting;
    const turn = keepingAlive(async () => {
      // Whether it failed is told to whoever asked for it.
      await before.catch(() => {});
      if (this.#stopSignal.stopped)
        throw new UserError('BROKER_STOPPED', 'reset: the broker has been stopped.');
      const { broker } = this.#running;
      await broker.forgetGroups();
      await recreateDeclared(broker, this.#topics);
    });
    this.#resetting = turn;
    return turn;
  }

  async stop(): Promise<void> {
    this.#stopSignal.stop();
    await keepingAlive(async () => {
      await this.#resetting.catch(() => {});
      await this.#running.stop();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
