/** The command line as its users meet it: processes, sockets, files, exit codes, and what is said when something is wrong. */
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { schemaProblems } from '../unit/cli/json-schema.js';
import { schemaOf } from '../unit/cli/served.js';
import { BrokerProcess } from './parts/broker-process.js';
import { Command, command, type Ended, killLeftovers } from './parts/command.js';
import { withDirectory } from './parts/temporary-directory.js';

afterEach(killLeftovers);

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What it must never show a person. */
function expectNoStack({ stderr }: Ended): void {
  expect(stderr).not.toMatch(/^\s+at .*[:(]\d+/m);
  expect(stderr).not.toContain('a bug, please report it');
}

describe('start', () => {
  test('prints a banner whose commands work as they stand, and ends with 0 at SIGTERM', async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, 'some data');
      const broker = new Command(['start', '--port', '0', '--data', data], { directory });
      await broker.printed(/Try it:\n.*\n.*\n/);
      const [, send, read] = /Try it:\n {2}echo hello \| (.*)\n {2}(.*)\n/.exec(broker.stdout)!;
      const words = (line: string): string[] => line.replace(/^node \S+ /, '').split(' ');
      expect(await new Command(words(send!), { stdin: 'hello\n' }).ended).toMatchObject({ code: 0 });
      expect(await new Command(words(read!)).ended).toMatchObject({ code: 0, stdout: 'hello\n' });
      broker.signal('SIGTERM');
      const { code, signal, stdout, stderr } = await broker.ended;
      expect([code, signal, stderr]).toEqual([0, null, '']);
      for (const part of [
        /serves 127\.0\.0\.1:\d+/,
        /--advertise/,
        /flush\.policy=fsync/,
        /cluster {5}\S{22}/,
      ]) {
        expect(stdout).toMatch(part);
      }
      expect(stdout).toContain(data);
    });
  });

  test('keeps what it was given over a restart; --memory keeps nothing', async () => {
    await withDirectory(async (directory) => {
      const first = await BrokerProcess.start({ directory });
      await command(`produce t -b 127.0.0.1:${first.address.port}`, { stdin: 'a\nb\n' });
      expect(await first.terminate()).toEqual({ code: 0, signal: null });
      const second = await BrokerProcess.start({ directory });
      expect(second.address.clusterId).toBe(first.address.clusterId);
      expect((await command(`consume t -b 127.0.0.1:${second.address.port}`)).stdout).toBe('a\nb\n');
      await second.terminate();
    });
    await withDirectory(async (directory) => {
      const broker = new Command(['start', '--memory', '--port', '0', '--format', 'json'], { directory });
      await broker.printed(/"ready"/);
      broker.signal('SIGINT');
      expect(await broker.ended).toMatchObject({ code: 0 });
      await expect(readFile(join(directory, 'millrace-data', 'meta.properties'))).rejects.toThrow(/ENOENT/);
    });
  });

  test('takes settings from a file, overridden by -o, overridden by flags', async () => {
    await withDirectory(async (directory) => {
      const config = join(directory, 'server.properties');
      await writeFile(
        config,
        'num.partitions = 5\nlog.retention.hours=1\nlog.dirs=/nowhere/at/all\n# a comment\n',
      );
      const data = join(directory, 'data');
      const line = `start --port 0 --format json --data ${data} --config ${config} -o num.partitions=3`;
      const broker = new Command(line.split(' '));
      await broker.printed(/"ready"/);
      expect(schemaProblems(schemaOf('start'), JSON.parse(broker.stdout))).toEqual([]);
      const { port } = JSON.parse(broker.stdout) as { port: number };
      const created = await command(`topic create t --format json -b 127.0.0.1:${port}`);
      expect(jsonLines(created.stdout)).toEqual([{ topic: 't', created: true, partitions: 3 }]);
      broker.signal('SIGTERM');
      expect((await broker.ended).code).toBe(0);
    });
  });

  test('tells clients what --advertise says', async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, 'data');
      const broker = new Command(['start', '--port', '0', '--data', data, '--advertise', '127.0.0.1:1']);
      await broker.printed(/are told 127\.0\.0\.1:1/);
      const port = /serves 127\.0\.0\.1:(\d+)/.exec(broker.stdout)![1];
      // Found by its real address, it sends whoever wants records to the advertised one, where nobody is.
      const read = await command(`group list -b 127.0.0.1:${port}`);
      expect([read.code, read.stderr]).toEqual([
        1,
        expect.stringMatching(/cannot connect to 127\.0\.0\.1:1/),
      ]);
      broker.signal('SIGTERM');
      await broker.ended;
    });
  });

  test('a second signal ends it at once', async () => {
    await withDirectory(async (directory) => {
      const broker = new Command(['start', '--port', '0', '--data', join(directory, 'data')]);
      await broker.printed(/Try it/);
      broker.signal('SIGINT');
      broker.signal('SIGTERM');
      const { code, stderr } = await broker.ended;
      // Both ends are right: it depends on whether the stop was done before the second signal came.
      if (code !== 0) {
        expect([130, 143]).toContain(code);
        expect(stderr).toMatch(/again: ending at once/);
      }
    });
  });
});

describe('commands against a broker', () => {
  let broker: Awaited<ReturnType<typeof BrokerProcess.start>>;
  let directory: string;
  let release: () => void;
  let done: Promise<void>;
  const at = (line: string, stdin?: string): Promise<Ended> =>
    command(`${line} -b 127.0.0.1:${broker.address.port}`, {
      directory,
      ...(stdin !== undefined && { stdin }),
    });

  beforeAll(async () => {
    const settings = { 'group.initial.rebalance.delay.ms': '0', 'offsets.topic.num.partitions': '2' };
    await new Promise<void>((ready, failed) => {
      done = withDirectory(async (own) => {
        directory = own;
        broker = await BrokerProcess.start({ directory: join(own, 'data'), settings });
        ready();
        await new Promise<void>((resolve) => (release = resolve));
        await broker.terminate();
      });
      done.catch(failed);
    });
  });
  afterAll(async () => {
    release();
    await done;
  });

  test('topics are made, listed, described and deleted', async () => {
    expect(await at('topic create orders -p 3 -c retention.ms=60000')).toMatchObject({
      code: 0,
      stdout: 'created topic orders with 3 partitions\n',
      stderr: '',
    });
    expect(await at('topic create orders')).toMatchObject({ code: 1, stdout: '' });
    expect(await at('topic create orders --if-not-exists')).toMatchObject({ code: 0 });
    expect((await at('topic list')).stdout.split('\n')).toContain('orders');
    const [listed] = jsonLines((await at('topic list --format json')).stdout).filter(
      ({ topic }) => topic === 'orders',
    );
    expect(listed).toEqual({
      topic: 'orders',
      id: expect.any(String) as string,
      partitions: 3,
      internal: false,
    });
    const [described] = jsonLines((await at('topic describe orders --format json')).stdout);
    expect(described).toMatchObject({
      topic: 'orders',
      id: listed!['id'],
      configs: { 'retention.ms': '60000' },
    });
    expect((described!['partitions'] as unknown[])[2]).toEqual({
      partition: 2,
      leader: 1,
      leaderEpoch: 0,
      replicas: [1],
      inSyncReplicas: [1],
      startOffset: 0,
      endOffset: 0,
      sizeBytes: 0,
    });
    expect((await at('topic describe orders')).stdout).toMatch(/partition +leader +epoch/);
    expect(await at('topic delete orders --format json')).toMatchObject({
      code: 0,
      stdout: '{"topic":"orders","deleted":true}\n',
    });
    expect(await at('topic describe orders')).toMatchObject({ code: 3 });
  });

  test('lines go in and come out: from stdin and files, by key, with every codec', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `k${n % 7}:value ${n}`);
    await writeFile(join(directory, 'a.txt'), `${lines.slice(0, 1000).join('\n')}\n`);
    await writeFile(join(directory, 'b.txt'), lines.slice(1000, 2000).join('\r\n'));
    await at('topic create lines -p 4');
    const sent = await at(
      'produce lines --key-separator : --codec zstd a.txt b.txt -',
      lines.slice(2000).join('\n'),
    );
    expect(sent).toMatchObject({ code: 0, stdout: '' });
    expect(sent.stderr).toMatch(/^produced 3000 records \(.* MB\) to lines in .* records\/s\n$/);
    const read = await at('consume lines -f %k:%s\\n');
    const got = read.stdout.trimEnd().split('\n');
    for (let key = 0; key < 7; key++) {
      const own = (all: string[]): string[] => all.filter((line) => line.startsWith(`k${key}:`));
      expect(own(got)).toEqual(own(lines));
    }
    expect(got).toHaveLength(3000);
    for (const codec of ['gzip', 'snappy', 'lz4', 'none']) {
      expect(await at(`produce ${codec} --codec ${codec}`, 'x\ny\n')).toMatchObject({ code: 0 });
      expect((await at(`consume ${codec}`)).stdout).toBe('x\ny\n');
    }
  });

  test('JSON lines: key, value, time and headers by field; bad ones by file and line', async () => {
    const rows = [
      { origin: { airport: 'ABQ' }, date: '2001-01-01T00:00:00Z', delay: 5 },
      { origin: { airport: 'BOS' }, date: 978307200001, delay: null },
    ];
    await writeFile(
      join(directory, 'rows.jsonl'),
      `${rows.map((row) => JSON.stringify(row)).join('\n')}\n\nnonsense\n`,
    );
    const options = '--key-field origin.airport --timestamp-field date --headers source=test';
    const refused = await at(`produce rows rows.jsonl ${options}`);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^millrace: rows.jsonl:4: not JSON: /);
    expect(refused.stderr).toMatch(/The 2 records before it are stored/);
    expectNoStack(refused);
    const skipped = await at(
      `produce rows rows.jsonl --value-field delay ${options} --skip-bad-lines --format json`,
    );
    expect(jsonLines(skipped.stdout)).toMatchObject([{ topic: 'rows', records: 2, skipped: 1 }]);
    const headers = [{ key: 'source', value: 'test' }];
    const common = { topic: 'rows', partition: 0, headers };
    expect(jsonLines((await at('consume rows --format json')).stdout)).toEqual([
      { ...common, offset: 0, timestamp: 978307200000, key: 'ABQ', value: JSON.stringify(rows[0]) },
      { ...common, offset: 1, timestamp: 978307200001, key: 'BOS', value: JSON.stringify(rows[1]) },
      { ...common, offset: 2, timestamp: 978307200000, key: 'ABQ', value: '5' },
      { ...common, offset: 3, timestamp: 978307200001, key: 'BOS', value: null },
    ]);
  });

  test('reading begins and ends where it is told to', async () => {
    await at('produce places', Array.from({ length: 20 }, (_, n) => `${n}\n`).join(''));
    const read = async (options: string): Promise<string> =>
      (await at(`consume places ${options}`)).stdout.trimEnd().replaceAll('\n', ' ');
    expect(await read('--from 17')).toBe('17 18 19');
    expect(await read('--from -2')).toBe('18 19');
    expect(await read('--from end')).toBe('');
    expect(await read('--from beginning --count 3')).toBe('0 1 2');
    expect(await read('--from 2001-01-01 --count 1')).toBe('0');
    expect(await read('--from 2100-01-01')).toBe('');
    expect(await read('--from 1000000')).toBe('');
    expect(await read('--partition 0 --from 18')).toBe('18 19');
    expect(await at('consume places --partition 1')).toMatchObject({ code: 3 });
    const [line] = (await at('consume places --count 1 -f %t\\t%p\\t%o\\t%S\\t%K\\n')).stdout.split('\n');
    expect(line).toBe('places\t0\t0\t1\t-1');
  });

  test('--follow prints what comes, until a signal', async () => {
    await at('topic create live');
    const follower = new Command(['consume', 'live', '--follow', '-b', `127.0.0.1:${broker.address.port}`]);
    await at('produce live', 'one\n');
    await follower.printed(/one\n/);
    await at('produce live', 'two\n');
    await follower.printed(/two\n/);
    follower.signal('SIGINT');
    expect(await follower.ended).toMatchObject({ code: 0, stdout: 'one\ntwo\n', stderr: '' });
  });

  test('Ctrl-C ends produce: the lines that were read are stored, and the code says so', async () => {
    await at('topic create typed');
    const typing = new Command(
      ['produce', 'typed', '--format', 'json', '-b', `127.0.0.1:${broker.address.port}`],
      {
        keepStdin: true,
      },
    );
    typing.child.stdin!.write('one\ntwo\nhalf a l');
    // Sent while the line is still open: whoever reads them knows that they were read.
    const follower = new Command([
      'consume',
      'typed',
      '--count',
      '2',
      '--follow',
      '-b',
      `127.0.0.1:${broker.address.port}`,
    ]);
    expect((await follower.ended).stdout).toBe('one\ntwo\n');
    typing.signal('SIGINT');
    const ended = await typing.ended;
    expect(ended).toMatchObject({ code: 130, signal: null });
    expect(jsonLines(ended.stdout)).toMatchObject([{ topic: 'typed', records: 2 }]);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'SIGINT' } });
  });

  test('colours are for terminals, unless somebody says otherwise', async () => {
    const plain = await at('cluster health --free-min 0');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^pass {2}reachable +1 broker/);
    const line = `cluster health --free-min 0 -b 127.0.0.1:${broker.address.port}`;
    const coloured = async (environment: Record<string, string>): Promise<boolean> =>
      (await command(line, { environment })).stdout.includes('\u001b[');
    expect(await coloured({ CI: 'true' })).toBe(false);
    expect(await coloured({ FORCE_COLOR: '1' })).toBe(true);
    expect(await coloured({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });

  test('the files of a broker are dumped and verified while it runs', async () => {
    await at('produce filed', 'a\nb\n');
    const data = join(directory, 'data');
    const verified = await command(`log verify ${data} --format json`);
    expect(verified).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/is in use by process/) as string,
    });
    expect(jsonLines(verified.stdout).at(-1)).toMatchObject({ type: 'summary', inUse: true, damaged: 0 });
    const dumped = await command(`log dump ${data}/filed-0/00000000000000000000.log --records --format json`);
    expect(jsonLines(dumped.stdout).filter(({ type }) => type === 'record')).toMatchObject([
      { value: 'a' },
      { value: 'b' },
    ]);
  });

  test('a dump that nobody reads to its end stops quietly', async () => {
    await at('produce long', 'x\n'.repeat(100_000));
    const dumping = new Command(['log', 'dump', join(directory, 'data', 'long-0'), '--records']);
    dumping.child.stdout!.once('data', () => dumping.child.stdout!.destroy());
    expect(await dumping.ended).toMatchObject({ code: 0, signal: null });
  });

  test('a reader that has seen enough ends it quietly', async () => {
    await at('produce plenty', 'x\n'.repeat(200_000));
    const reading = new Command(['consume', 'plenty', '-b', `127.0.0.1:${broker.address.port}`]);
    reading.child.stdout!.once('data', () => reading.child.stdout!.destroy());
    expect(await reading.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test('a group goes on where it stopped, and is described', async () => {
    await at('produce shared', Array.from({ length: 10 }, (_, n) => `${n}\n`).join(''));
    expect((await at('consume shared --group readers --count 4')).stdout).toBe('0\n1\n2\n3\n');
    const [half] = jsonLines((await at('group describe readers --format json')).stdout);
    expect(half).toMatchObject({
      group: 'readers',
      state: 'Empty',
      members: [],
      partitions: [
        { topic: 'shared', partition: 0, committedOffset: 4, endOffset: 10, lag: 6, memberId: null },
      ],
      lag: 6,
    });
    const rest = new Command(
      `consume shared --group readers --follow -b 127.0.0.1:${broker.address.port}`.split(' '),
    );
    await rest.printed(/9\n/);
    const [whole] = jsonLines((await at('group describe readers --format json')).stdout);
    expect(whole).toMatchObject({
      state: 'Stable',
      protocol: 'range',
      members: [{ partitions: { shared: [0] } }],
    });
    expect((await at('group describe readers')).stdout).toMatch(/member +client +host +partitions/);
    rest.signal('SIGINT');
    expect(await rest.ended).toMatchObject({ code: 0, stdout: '4\n5\n6\n7\n8\n9\n', stderr: '' });
    const [after] = jsonLines((await at('group describe readers --format json')).stdout);
    expect(after).toMatchObject({ state: 'Empty', members: [], lag: 0 });
    expect(jsonLines((await at('group list --format json')).stdout)).toContainEqual({
      group: 'readers',
      state: 'Empty',
      protocolType: 'consumer',
    });
    expect((await at('consume shared --group readers')).stdout).toBe('');
  });

  test.each<[string, number, RegExp]>([
    ['topic create bad/name', 1, /INVALID_TOPIC_EXCEPTION/],
    [`topic create ${'x'.repeat(250)}`, 1, /INVALID_TOPIC_EXCEPTION/],
    ['topic create ..', 1, /INVALID_TOPIC_EXCEPTION/],
    ['topic create fine -c nope=1', 1, /INVALID_CONFIG.*nope/],
    ['topic create fine -c retention.ms=soon', 1, /INVALID_CONFIG/],
    ['topic describe nope', 3, /there is no topic nope/],
    ['topic delete nope', 3, /there is no topic nope/],
    ['consume nope', 3, /there is no topic nope/],
    ['consume nope --group g', 3, /there is no topic nope/],
    ['produce bad/name', 1, /INVALID_TOPIC_EXCEPTION/],
    ['produce places --partition 9', 1, /places-9/],
    ['group describe nope', 3, /there is no group nope/],
  ])('%s → %i', async (line, code, said) => {
    const ended = await at(line, 'x\n');
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toMatch(said);
    expectNoStack(ended);
  });
});

describe('nobody there, or somebody else', () => {
  test('a broker that is down is told, with what to do', async () => {
    const ended = await command('topic list -b 127.0.0.1:1');
    expect([ended.code, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(/cannot connect to 127\.0\.0\.1:1: .*ECONNREFUSED.*\nIs the broker running/);
    expectNoStack(ended);
    const json = await command('topic list -b 127.0.0.1:1,127.0.0.1:2 --format json');
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'BROKER_UNREACHABLE' } });
  });

  test('a port that speaks something else', async () => {
    const web = createWebServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const silent = createServer((socket) => socket.on('data', () => socket.end()).on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const ended = await command(`topic list -b 127.0.0.1:${(web.address() as AddressInfo).port}`);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/does not speak Kafka's protocol\nIs this the right port\?/);
    expectNoStack(ended);
    const closed = await command(`topic list -b 127.0.0.1:${(silent.address() as AddressInfo).port}`);
    expect(closed.code).toBe(1);
    expect(closed.stderr).toMatch(/closed the connection/);
    expectNoStack(closed);
    web.close();
    silent.close();
  });

  test('--wait-ready waits for a broker that comes later', async () => {
    await withDirectory(async (directory) => {
      const placeholder = await BrokerProcess.start({ directory });
      const { port } = placeholder.address;
      await placeholder.terminate();
      const waiting = new Command(`topic list --format json --wait-ready 60 -b 127.0.0.1:${port}`.split(' '));
      const broker = new Command(`start --port ${port} --data ${directory} --format json`.split(' '));
      expect(await waiting.ended).toMatchObject({ code: 0, stderr: '' });
      broker.signal('SIGTERM');
      await broker.ended;
    });
  });

  test('a consumer that follows outlives its broker’s restart', async () => {
    await withDirectory(async (directory) => {
      const first = await BrokerProcess.start({ directory });
      const { port } = first.address;
      await command(`produce t -b 127.0.0.1:${port}`, { stdin: 'before\n' });
      const follower = new Command(`consume t --follow -b 127.0.0.1:${port}`.split(' '));
      await follower.printed(/before\n/);
      await first.terminate();
      await follower.printed(/trying again/);
      const second = new Command(`start --port ${port} --data ${directory} --format json`.split(' '));
      await second.printed(/"ready"/);
      await command(`produce t -b 127.0.0.1:${port}`, { stdin: 'after\n' });
      await follower.printed(/after\n/);
      follower.signal('SIGTERM');
      expect(await follower.ended).toMatchObject({ code: 0, stdout: 'before\nafter\n' });
      second.signal('SIGTERM');
      await second.ended;
    });
  });
});

describe('start, given what it cannot use', () => {
  /** Everything it says before it gives up. */
  async function refusal(args: readonly string[], code = 1): Promise<string> {
    const ended = await new Command(['start', ...args]).ended;
    expect([ended.code, ended.stdout], ended.stderr).toEqual([code, '']);
    expectNoStack(ended);
    // What is wrong, and then what to do about it.
    expect(ended.stderr).toMatch(/^millrace: .+\n.+/);
    return ended.stderr;
  }

  test('a port and a directory that are in use', async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, 'one');
      const broker = await BrokerProcess.start({ directory: data });
      const { port } = broker.address;
      expect(await refusal(['--port', String(port), '--data', join(directory, 'two')])).toContain(
        `port ${port}`,
      );
      expect(await refusal(['--port', '0', '--data', data])).toMatch(
        new RegExp(`${data}[^]*${broker.address.pid}`),
      );
      // Neither harmed the one that runs.
      expect((await command(`topic list -b 127.0.0.1:${port}`)).code).toBe(0);
      await broker.terminate();
    });
  });

  test('a host that is not this machine’s', async () => {
    expect(await refusal(['--memory', '--port', '0', '--host', '192.0.2.1'])).toContain(
      '192.0.2.1 is no address of this machine',
    );
  });

  test('paths that cannot be written, or have a file in the way', async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, 'file');
      await writeFile(file, 'mine');
      expect(await refusal(['--port', '0', '--data', file])).toContain('in the way');
      expect(await refusal(['--port', '0', '--data', join(file, 'below')])).toContain('in the way');
      expect(await readFile(file, 'utf8')).toBe('mine');
      if (process.platform === 'linux') {
        expect(await refusal(['--port', '0', '--data', '/proc/millrace'])).toContain('/proc/millrace');
      }
    });
  });

  test('settings that do not exist or have no sense', async () => {
    await withDirectory(async (directory) => {
      const flags = ['--port', '0', '--data', join(directory, 'data')];
      expect(await refusal([...flags, '-o', 'log.retention.mss=1'])).toMatch(
        /log\.retention\.mss.*Did you mean/,
      );
      expect(await refusal([...flags, '-o', 'num.partitions=0'])).toMatch(/num\.partitions.*at least 1/);
      expect(await refusal([...flags, '-o', 'listeners=SSL://127.0.0.1:0'])).toMatch(/PLAINTEXT|takes/);
      expect(await refusal([...flags, '--config', join(directory, 'none.properties')])).toMatch(
        /there is no such file/,
      );
      await writeFile(join(directory, 'bad.properties'), 'num.partitions=two\nzookeeper.connect=localhost\n');
      const said = await refusal([...flags, '--config', join(directory, 'bad.properties')]);
      // All at once, not one at a time.
      expect(said).toMatch(/bad\.properties[^]*num\.partitions[^]*zookeeper\.connect/);
    });
  });

  test('a directory of another cluster, another broker, or a newer format', async () => {
    await withDirectory(async (directory) => {
      const one = join(directory, 'one');
      const broker = await BrokerProcess.start({ directory: one });
      await broker.terminate();
      const path = join(one, 'meta.properties');
      const properties = await readFile(path, 'utf8');
      const flags = ['--port', '0', '--data', one];
      expect(await refusal([...flags, '-o', 'node.id=7'])).toMatch(/node|broker/i);
      await writeFile(path, properties.replace(/cluster\.id=.*/, 'cluster.id=AAAAAAAAAAAAAAAAAAAAAQ'));
      expect(await refusal(flags)).toMatch(/cluster/);
      await writeFile(path, properties.replace(/version=.*/, 'version=99'));
      expect(await refusal(flags)).toMatch(/version 99/);
      // Put right again, it serves: nothing was changed by the attempts.
      await writeFile(path, properties);
      const again = await BrokerProcess.start({ directory: one });
      expect(again.address.clusterId).toBe(broker.address.clusterId);
      await again.terminate();
    });
  });
});
