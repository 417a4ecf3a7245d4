/**
 * A whole broker in this process, over a memory disk, a memory network and a clock that stands still: clients speak to it in real
 * frames, nothing waits for real time, and what is pending is pending because the broker decided so.
 */
import { PoisonedSlabs } from '../../../sim/poisoned-slabs.js';
import type { Disk } from '../../../../src/ports/disk.js';
import type { LogFields } from '../../../../src/ports/logger.js';
import { type ManualClock, manualClock } from '../../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../../src/ports/memory/entropy.js';
import { memoryNet } from '../../../../src/ports/memory/net.js';
import type { Net } from '../../../../src/ports/net.js';
import type { Broker } from '../../../../src/broker/broker.js';
import type { HostPort } from '../../../../src/broker/settings/listener.js';
import { readBrokerSettings } from '../../../../src/broker/settings/broker-settings.js';
import { RpcConnection } from '../../../../src/rpc/rpc-connection.js';
import { type RunningServer, startServer } from '../../../../src/server/start-server.js';
import { RawConnection } from './raw-connection.js';

export const START_MS = Date.UTC(2026, 0, 1);

const SETTINGS: Readonly<Record<string, string>> = {
  listeners: 'PLAINTEXT://127.0.0.1:9092',
  'offsets.topic.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
};

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields | undefined;
}

export interface WorldOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Stands between the broker and the memory disk. */
  readonly wrapDisk?: (disk: Disk) => Disk;
  /** `log.dirs`; one unless told otherwise. */
  readonly directories?: readonly string[];
}

export class World {
  readonly clock: ManualClock = manualClock(START_MS);
  readonly net: Net = memoryNet();
  /** Goes on over restarts: a broker that drew the same numbers again would take itself for the run before. */
  readonly #entropy = seededEntropy(1);
  readonly lines: LoggedLine[] = [];
  readonly #disk: Disk;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #directories: readonly string[];
  #running: RunningServer | null = null;

  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.#start();
    return world;
  }

  private constructor({ settings = {}, wrapDisk = (disk) => disk, directories = ['/data'] }: WorldOptions) {
    this.#directories = directories;
    this.#settings = { ...SETTINGS, ...settings };
    this.#disk = wrapDisk(memoryDisk());
  }

  get broker(): Broker {
    return this.#server.broker;
  }

  get address(): HostPort {
    return this.#server.address;
  }

  /** What the broker said that somebody should look at. */
  get complaints(): string[] {
    return this.lines
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ message }) => message);
  }

  /** A connection that has asked what the broker speaks. */
  client(): Promise<RpcConnection> {
    return this.clientAt(this.address.host);
  }

  clientAt(host: string): Promise<RpcConnection> {
    return RpcConnection.connect({
      net: this.net,
      clock: this.clock,
      host,
      port: this.address.port,
      clientId: 'test',
      softwareVersion: '1.0',
      connectTimeoutMs: Number.MAX_SAFE_INTEGER,
      requestTimeoutMs: Number.MAX_SAFE_INTEGER,
    });
  }

  /** A connection that sends what it is told, byte for byte. */
  async raw(): Promise<RawConnection> {
    const { host, port } = this.address;
    return new RawConnection(await this.net.connect({ host, port, timeoutMs: 1000 }));
  }

  /** A clean stop, and a new broker over the same files. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.stop();
  }

  get #server(): RunningServer {
    if (!this.#running) throw new Error('the broker does not run');
    return this.#running;
  }

  async #start(): Promise<void> {
    const log =
      (level: LoggedLine['level']) =>
      (message: string, fields?: LogFields): void => {
        this.lines.push({ level, message, fields });
      };
    this.#running = await startServer({
      ports: { clock: this.clock, disk: this.#disk, net: this.net, entropy: this.#entropy },
      logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      settings: readBrokerSettings(new Map(Object.entries(this.#settings))),
      directories: this.#directories,
      slabs: new PoisonedSlabs(),
    });
  }
}

/** Lets everything run that needs no time and no further event: all that is still pending then waits for one. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is still open when nothing moves any more. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const done = (): void => {
    pending = false;
  };
  promise.then(done, done);
  await settled();
  return pending;
}
