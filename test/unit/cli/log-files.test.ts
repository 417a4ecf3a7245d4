/** `log dump` and `log verify`, over directories that a real broker left: whole, torn, and damaged in every way there is a row for. */
import {
  appendFile,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';
import { readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { nodeClock } from '../../../src/ports/node/clock.js';
import { nodeDisk } from '../../../src/ports/node/disk.js';
import { nodeEntropy } from '../../../src/ports/node/entropy.js';
import { nodeNet } from '../../../src/ports/node/net.js';
import { startServer } from '../../../src/server/start-server.js';
import { KIT_SETTINGS } from '../../../src/testing/start-broker.js';
import { type Json, jsonLines, type Ran, runLine } from './served.js';

const SEED = Number(process.env['SEED'] ?? Date.now());

let home: string;
/** After a clean stop. Each test takes a copy. */
let pristine: string;
/** What verify and dump said while the broker ran. */
let whileRunning: { verify: Ran; dump: Ran };

async function* lines(count: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < count; n++) yield Buffer.from(`k${n % 3}:value ${n} ${'x'.repeat(100)}\n`);
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-log-files-'));
  pristine = join(home, 'pristine');
  const disk = nodeDisk();
  await disk.makeDir(pristine);
  const running = await startServer({
    ports: { clock: nodeClock(), disk, net: nodeNet(), entropy: nodeEntropy() },
    logger: SILENT_LOGGER,
    settings: readBrokerSettings(
      new Map(
        Object.entries({ ...KIT_SETTINGS, 'offsets.topic.num.partitions': '1', 'log.flush.policy': 'fsync' }),
      ),
    ),
    directories: [pristine],
  });
  const at = `-b 127.0.0.1:${running.address.port}`;
  await runLine(`topic create orders -p 2 -c segment.bytes=20000 -c index.interval.bytes=500 ${at}`);
  // In batches of their own, so that there are some to tell apart.
  for (let round = 0; round < 40; round++)
    await runLine(`produce orders --partition 0 --key-separator : ${at}`, { stdin: lines(10) });
  await runLine(`produce orders --partition 1 --key-separator : --codec gzip ${at}`, { stdin: lines(50) });
  await runLine(`group reset-offsets billing --topic orders --to-offset 7 --execute ${at}`);
  // Begins within its only segment: what lies before is still in the file, and its epoch no longer in the checkpoint.
  await runLine(`produce trimmed ${at}`, { stdin: lines(30) });
  await runLine(`topic trim trimmed --before-offset 0:20 --execute ${at}`);
  whileRunning = {
    verify: await runLine(`log verify ${pristine} --format json`, { onDisk: true }),
    dump: await runLine(`log dump ${pristine}/orders-1 --format json`, { onDisk: true }),
  };
  await running.stop();
});
afterAll(() => rm(home, { recursive: true, force: true }));

let copies = 0;
async function copy(): Promise<string> {
  const directory = join(home, `copy-${copies++}`);
  await cp(pristine, directory, { recursive: true });
  return directory;
}

async function verify(
  directory: string,
  options = '',
): Promise<{ code: number; logs: Map<string, Json>; summary: Json }> {
  const ran = await runLine(`log verify ${directory} --format json ${options}`, { onDisk: true });
  const all = jsonLines('log verify', ran.stdout);
  const summary = all.at(-1)!;
  const logs = new Map(all.slice(0, -1).map((log) => [log['log'] as string, log]));
  return { code: ran.code, logs, summary };
}

async function dump(path: string, options = ''): Promise<Json[]> {
  const ran = await runLine(`log dump ${path} --format json ${options}`, { onDisk: true });
  expect(ran.stderr).toBe('');
  return jsonLines('log dump', ran.stdout);
}

async function segments(directory: string): Promise<string[]> {
  return (await readdir(directory))
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(directory, name));
}

async function flip(path: string, at: number, bits = 0xff): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= bits;
  await writeFile(path, bytes);
}

describe('verify', () => {
  test('a directory that a broker closed is sound, down to every record', async () => {
    const { code, logs, summary } = await verify(pristine, '--records');
    expect(code).toBe(EXIT.ok);
    expect(summary).toMatchObject({
      state: 'sound',
      inUse: false,
      cleanStop: true,
      torn: 0,
      damaged: 0,
      findings: [],
    });
    expect(logs.get('orders-0')).toMatchObject({
      state: 'sound',
      records: 400,
      endOffset: 400,
      gaps: 0,
      findings: [],
    });
    expect(logs.get('orders-0')!['segments']).toBeGreaterThan(2);
    expect(logs.get('orders-1')).toMatchObject({ state: 'sound', records: 50, findings: [] });
    expect(logs.get('trimmed-0')).toMatchObject({
      state: 'sound',
      startOffset: 20,
      endOffset: 30,
      findings: [],
    });
    expect([...logs.keys()]).toEqual(['__consumer_offsets-0', 'orders-0', 'orders-1', 'trimmed-0']);
  });

  test('one in use is said to be in use, and is sound', () => {
    const { code, stderr, stdout } = whileRunning.verify;
    expect([code, stderr]).toEqual([EXIT.ok, expect.stringMatching(/is in use by process \d+/)]);
    expect(jsonLines('log verify', stdout).at(-1)).toMatchObject({
      state: 'sound',
      inUse: true,
      cleanStop: false,
    });
  });

  test('a single log, and a text for people', async () => {
    const ran = await runLine(`log verify ${pristine}/orders-0`, { onDisk: true });
    expect(ran.code).toBe(EXIT.ok);
    expect(ran.stdout).toMatch(
      /log +segments +batches +records +size +start +end +state\norders-0 +\d+ +40 +400 /,
    );
    expect(ran.stdout).toMatch(/\nsound: 1 logs, 400 records in \d+ KiB; 1 sound, 0 torn, 0 damaged\n$/);
    const coloured = await runLine(`log verify ${pristine}`, { onDisk: true, hasColours: true });
    expect(coloured.stdout).toContain('\u001b[32msound\u001b[39m');
  });

  test('of a log that was deleted up to a later offset, nothing is left: it ends where it begins', async () => {
    const directory = await copy();
    await writeFile(join(directory, 'log-start-offset-checkpoint'), '0\n1\norders 1 1000\n');
    const { logs } = await verify(directory);
    expect(logs.get('orders-1')).toMatchObject({ state: 'sound', startOffset: 1000, endOffset: 1000 });
  });

  test('what an unclean stop leaves is torn, and no damage', async () => {
    const directory = await copy();
    await unlink(join(directory, '.kafka_cleanshutdown'));
    // As if nothing had been checkpointed since the log was made.
    await writeFile(join(directory, 'recovery-point-offset-checkpoint'), '0\n1\norders 1 0\n');
    const [last] = await segments(join(directory, 'orders-1'));
    await truncate(last!, 500);
    const { code, logs, summary } = await verify(directory);
    expect([code, summary['state']]).toEqual([EXIT.ok, 'torn']);
    const [finding] = logs.get('orders-1')!['findings'];
    expect(finding).toMatchObject({
      severity: 'torn',
      what: expect.stringMatching(/cut off at the next start/) as string,
    });
  });

  test('without any checkpoint only an unfinished end is taken for torn', async () => {
    const directory = await copy();
    const log = join(directory, 'alone', 'orders-0');
    await cp(join(directory, 'orders-0'), log, { recursive: true });
    const files = await segments(log);
    await appendFile(files.at(-1)!, Buffer.alloc(30));
    expect(await verify(log)).toMatchObject({ code: EXIT.ok, summary: { state: 'torn' } });
    await flip(files.at(-1)!, 100);
    expect(await verify(log)).toMatchObject({ code: EXIT.failed, summary: { state: 'damaged' } });
  });

  const damages: readonly [what: string, damage: (directory: string) => Promise<void>, said: RegExp][] = [
    [
      'a byte of a value',
      async (log) => flip((await segments(log))[1]!, 200),
      /checksum of the batch at offset \d+ is wrong/,
    ],
    [
      'a base offset, which no checksum covers',
      async (log) => flip((await segments(log))[1]!, 7, 4),
      /offset \d+ where \d+ is due/,
    ],
    [
      'the base offset of the very last batch, so that its segment cannot hold it',
      async (log) => {
        const last = (await segments(log)).at(-1)!;
        const { position } = (await dump(last)).findLast(({ type }) => type === 'batch')!;
        await flip(last, position + 2, 1);
      },
      /is out of reach of segment/,
    ],
    [
      'a leader epoch, which no checksum covers',
      async (log) => flip((await segments(log)).at(-1)!, 15, 1),
      /leader-epoch-checkpoint|epoch/,
    ],
    [
      'the base offset of the very last batch, which nothing follows',
      async (log) => {
        const last = (await segments(log)).at(-1)!;
        const { position } = (await dump(last)).findLast(({ type }) => type === 'batch')!;
        await flip(last, position + 7, 8);
        // They would tell, too.
        for (const suffix of ['.index', '.timeindex']) await unlink(last.replace('.log', suffix));
      },
      /at the clean stop it ended at 400/,
    ],
    ['a length', async (log) => flip((await segments(log))[1]!, 8), /length|bytes/],
    ['a cut in the middle', async (log) => truncate((await segments(log))[1]!, 1000), /bytes|not there/],
    ['a segment that is gone', async (log) => unlink((await segments(log))[1]!), /are not there/],
    ['the last segment gone', async (log) => unlink((await segments(log)).at(-1)!), /records are missing/],
    [
      'an index that points into a batch',
      async (log) => flip((await segments(log))[0]!.replace('.log', '.index'), 7, 1),
      /no batch begins at byte/,
    ],
    [
      'an index that does not rise',
      async (log) => flip((await segments(log))[0]!.replace('.log', '.index'), 12, 0x7f),
      /does not lie behind|point behind the last batch|no batch begins/,
    ],
    [
      'a time that is too early',
      async (log) => flip((await segments(log))[0]!.replace('.log', '.timeindex'), 3, 1),
      /time|newer/,
    ],
    [
      'a checkpoint of epochs',
      async (log) => writeFile(join(log, 'leader-epoch-checkpoint'), '0\n1\n5 0\n'),
      /was written in epoch \d+, and it says 5/,
    ],
    [
      'one that is no checkpoint',
      async (log) => writeFile(join(log, 'leader-epoch-checkpoint'), 'x\n'),
      /line 1 is/,
    ],
    [
      'a topic id',
      async (log) => writeFile(join(log, 'partition.metadata'), 'version: 0\ntopic_id: x'),
      /topic_id/,
    ],
    [
      'a producer snapshot',
      async (log) => {
        const name = (await readdir(log)).find((each) => each.endsWith('.snapshot'))!;
        await flip(join(log, name), 12);
      },
      /its checksum is wrong/,
    ],
  ];
  test.each(damages)('notices %s', async (_, damage, said) => {
    const directory = await copy();
    await damage(join(directory, 'orders-0'));
    const { code, logs, summary } = await verify(directory);
    expect([code, summary['state'], summary['damaged']]).toEqual([EXIT.failed, 'damaged', 1]);
    const { state, findings } = logs.get('orders-0')!;
    expect(state).toBe('damaged');
    expect(JSON.stringify(findings)).toMatch(said);
  });

  test('notices any byte of any segment', { timeout: 60_000 }, async () => {
    const prng = new Prng(SEED);
    const directory = await copy();
    const files = await segments(join(directory, 'orders-0'));
    for (let round = 0; round < 60; round++) {
      const file = files[prng.between(0, files.length - 1)]!;
      const before = await readFile(file);
      const at = prng.between(0, before.length - 1);
      const bits = prng.between(1, 255);
      await flip(file, at, bits);
      const { code } = await verify(join(directory, 'orders-0'));
      expect(code, `seed ${SEED}: byte ${at} of ${file} ^ ${bits}`).toBe(EXIT.failed);
      await writeFile(file, before);
    }
  });

  test('changes nothing', async () => {
    const names = async () => (await readdir(pristine, { recursive: true })).sort();
    const before = await names();
    await verify(pristine, '--records');
    expect(await names()).toEqual(before);
  });

  test.each([
    ['', EXIT.notFound, /there is no/],
    ['/orders-0/leader-epoch-checkpoint', EXIT.failed, /is a file/],
    ['/metadata', EXIT.failed, /holds no logs/],
  ])('%s is nothing to verify', async (below, code, said) => {
    const path = below === '' ? join(home, 'nope') : `${pristine}${below}`;
    const ran = await runLine(`log verify ${path}`, { onDisk: true });
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(said);
  });
});

describe('dump', () => {
  test('a segment: batches, then records', async () => {
    const [first] = await segments(join(pristine, 'orders-0'));
    const batches = (await dump(first!)).filter(({ type }) => type === 'batch');
    expect(batches[0]).toMatchObject({
      position: 0,
      baseOffset: 0,
      lastOffset: 9,
      records: 10,
      codec: 'none',
      crcMatches: true,
    });
    const items = await dump(first!, '--records --from 25 --count 1');
    expect(items.map(({ type }) => type)).toEqual([
      'file',
      'batch',
      ...Array.from({ length: 10 }, () => 'record'),
    ]);
    expect(items[2]).toMatchObject({ offset: 20, key: 'k0', value: `value 0 ${'x'.repeat(100)}` });
    const hex = await dump(first!, '--records --count 1 --key-format hex --value-format none');
    expect(hex[2]).toMatchObject({ key: '6b30', value: '(108 bytes)' });
    const [, gzip, record] = await dump(`${pristine}/orders-1/00000000000000000000.log`, '--records');
    expect([gzip!['codec'], record!['key']]).toEqual(['gzip', 'k0']);
  });

  test('every file of a log', async () => {
    const types = new Set((await dump(`${pristine}/orders-0`)).map(({ type }) => type));
    expect(types).toEqual(
      new Set([
        'file',
        'batch',
        'offset-index-entry',
        'time-index-entry',
        'producer',
        'leader-epoch',
        'partition-metadata',
      ]),
    );
  });

  test('what groups committed', async () => {
    const items = await dump(`${pristine}/__consumer_offsets-0`, '--records');
    expect(items.filter(({ type }) => type === 'group-record')).toContainEqual(
      expect.objectContaining({
        kind: 'offset',
        groupId: 'billing',
        topic: 'orders',
        partition: 1,
        value: expect.objectContaining({ offset: 7 }) as Json,
      }),
    );
    const raw = await dump(`${pristine}/__consumer_offsets-0`, '--records --decode none');
    expect(raw.filter(({ type }) => type === 'group-record')).toEqual([]);
  });

  test('a data directory: its own files, and which logs there are', async () => {
    const items = await dump(pristine);
    expect(items).toContainEqual({ type: 'checkpoint', topic: 'orders', partition: 0, offset: 400 });
    expect(items).toContainEqual(expect.objectContaining({ type: 'meta-properties', nodeId: 1 }));
    expect(items).toContainEqual({ type: 'clean-shutdown' });
    expect(items).toContainEqual(expect.objectContaining({ type: 'log', log: 'orders-0', firstOffset: 0 }));
  });

  test('in text', async () => {
    const { stdout } = await runLine(
      `log dump ${pristine}/orders-0/00000000000000000000.log --records --count 1`,
      { onDisk: true },
    );
    expect(stdout).toMatch(
      /^\/.*\.log {2}\d+ bytes\n {2}batch position=0 bytes=\d+ baseOffset=0 lastOffset=9 records=10 leaderEpoch=0 /,
    );
    expect(stdout).toMatch(/\n {4}record offset=0 timestamp=20\d\d-.*Z key=k0 value="value 0 x+"\n/);
  });

  test('says that a broker is at work', () => {
    expect(whileRunning.dump.stderr).toMatch(/it is in use by process \d+/);
    expect(whileRunning.dump.code).toBe(EXIT.ok);
  });

  test('what cannot be read is told where it stands', async () => {
    const directory = await copy();
    const [, second] = await segments(join(directory, 'orders-0'));
    await flip(second!, 16);
    expect((await dump(second!)).at(-1)).toMatchObject({
      type: 'problem',
      position: 0,
      what: expect.stringMatching(/magic/) as string,
    });
    await writeFile(join(directory, 'orders-0', 'leader-epoch-checkpoint'), 'no\n');
    const [, problem] = await dump(join(directory, 'orders-0', 'leader-epoch-checkpoint'));
    expect(problem).toMatchObject({ type: 'problem', what: 'line 1 is "no"' });
  });

  test('files of others are refused', async () => {
    const path = join(home, 'notes.txt');
    await writeFile(path, 'hello');
    const ran = await runLine(`log dump ${path}`, { onDisk: true });
    expect(ran).toMatchObject({ code: EXIT.failed, stdout: '' });
    expect(ran.stderr).toMatch(/no file of a log that we know/);
  });
});
