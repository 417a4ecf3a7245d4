/**
 * A broker under pressure, in small: a few hundred bad peers of every kind, one after the other, against a real process with tight budgets.
 * Its memory stays within the stated bound, the client beside them is served, and everything is given back. The full size is
 * `npm run bench -- macro/pressure`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RpcConnection } from '../../src/rpc/rpc-connection.js';
import { BrokerProcess } from './parts/broker-process.js';
import { connect } from './parts/client.js';
import {
  type Budgets,
  pressureRows,
  residentBytesMax,
  settingsOf,
  WIDE_PARTITIONS,
  WIDE_TOPIC,
} from './parts/pressure-scenarios.js';
import { createTopic, fill, GoodClient, Load, MiB, observe, vitals } from './parts/pressure.js';
import { withDirectory } from './parts/temporary-directory.js';

const BUDGETS: Budgets = { requestBytes: 16 * MiB, answerBytes: 16 * MiB, tailBytes: 8 * MiB };
const SIZES = { idle: 500, others: 200, seconds: 1 };

interface Running {
  readonly broker: BrokerProcess;
  readonly address: { readonly host: string; readonly port: number; readonly pid: number };
  readonly client: RpcConnection;
  readonly good: GoodClient;
  stop(): Promise<void>;
}

async function start(
  settings: Readonly<Record<string, string>>,
  under: readonly string[] = [],
): Promise<Running> {
  let stop!: () => void;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  let done!: Promise<void>;
  const running = await new Promise<Omit<Running, 'stop'>>((resolve, reject) => {
    done = withDirectory(async (directory) => {
      const broker = await BrokerProcess.start({ directory, settings, under });
      const client = await connect(broker.address);
      resolve({ broker, address: broker.address, client, good: await GoodClient.begin(client, 'good') });
      await stopped;
      expect(await broker.terminate(), broker.stderr).toEqual({ code: 0, signal: null });
    });
    done.catch(reject);
  });
  return {
    ...running,
    stop: () => {
      stop();
      return done;
    },
  };
}

let it: Running;

beforeAll(async () => {
  it = await start(settingsOf(BUDGETS));
  await fill(it.client, 'big', 64 * MiB);
  await createTopic(it.client, WIDE_TOPIC, WIDE_PARTITIONS);
});
afterAll(() => it.stop());

test.each(pressureRows(SIZES))('$load.count that $what', async (scenario) => {
  const { most, after, connections, latenciesMs } = await observe(it.address, it.good, scenario);
  expect(connections).toBeGreaterThanOrEqual(scenario.load.count * 0.9);
  expect(latenciesMs.length).toBeGreaterThan(0);
  expect(most.residentBytes).toBeLessThan(residentBytesMax(BUDGETS, connections));
  expect(after.residentBytes).toBeLessThan(residentBytesMax(BUDGETS, 0));
  expect(it.broker.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('connections beyond max.connections.per.ip are closed; other addresses are let in, and the place of one that left is free', async () => {
  const strict = await start({
    'max.connections.per.ip': '50',
    'max.connections.per.ip.overrides': '127.0.0.3:0',
  });
  try {
    const load = new Load(strict.address, { kind: 'idle', count: 100 });
    await load.up;
    // Those that were refused have had their connection accepted by the kernel, and closed by us.
    while ((await vitals(strict.address.pid)).descriptors > 90) await strict.good.roundTrip();
    const elsewhere = new Load(strict.address, { kind: 'idle', count: 30, localAddress: '127.0.0.2' });
    await elsewhere.up;
    const unwanted = new Load(strict.address, { kind: 'idle', count: 10, localAddress: '127.0.0.3' });
    await unwanted.up;
    await strict.good.roundTrip();
    expect((await unwanted.end()).open).toBe(0);
    expect(await elsewhere.end()).toMatchObject({ opened: 30, open: 30 });
    // One of the fifty places is the good client's.
    expect((await load.end()).open).toBe(49);
    const again = new Load(strict.address, { kind: 'idle', count: 20 });
    await again.up;
    await strict.good.roundTrip();
    expect((await again.end()).open).toBe(20);
    const refusals = strict.broker.log.filter(({ message }) => message.includes('max.connections.per.ip'));
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThanOrEqual(101);
  } finally {
    await strict.stop();
  }
});

test('more connections than the system has descriptors for: files keep theirs, and records are still taken', async () => {
  const few = await start({}, ['prlimit', '--nofile=300:300']);
  try {
    const load = new Load(few.address, { kind: 'idle', count: 400 });
    await load.up;
    // New topics need new files.
    for (let at = 0; at < 4; at++) await createTopic(few.client, `new-${at}`);
    for (let at = 0; at < 20; at++) await few.good.roundTrip();
    // Three quarters of three hundred, one of them the good client's.
    expect((await load.end()).open).toBe(224);
    await few.good.roundTrip();
    expect(few.broker.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(few.broker.log.some(({ message }) => message.includes('ulimit -n'))).toBe(true);
  } finally {
    await few.stop();
  }
});
