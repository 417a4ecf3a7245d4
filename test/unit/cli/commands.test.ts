/** Every command that asks or changes a broker, against a broker: what it does, what it says, and that its JSON is what docs/schemas says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { runProgram } from '../../../src/cli/program.js';
import { schemaProblems } from './json-schema.js';
import { jsonLines, runLine, schemaOf, serve, type Served } from './served.js';
import { testWorld } from './test-world.js';

let broker: Served;
beforeAll(async () => {
  broker = await serve({ 'offsets.topic.num.partitions': '2' });
});
afterAll(() => broker.stop());

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

/** A topic with records k:v that are a second apart, the first at `at`; each partition gets `perPartition`. */
async function filled(topic: string, perPartition: number, partitions = 2): Promise<void> {
  await broker.json(`topic create ${topic} -p ${partitions} -c retention.ms=-1`);
  for (let partition = 0; partition < partitions; partition++) {
    const lines = Array.from({ length: perPartition }, (_, n) => JSON.stringify({ n, time: AT + n * 1000 }));
    await broker.json(`produce ${topic} --json --timestamp-field time --partition ${partition}`, {
      stdin: chunks(`${lines.join('\n')}\n`),
    });
  }
}

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('topics', () => {
  test('are created, listed, described, deleted', async () => {
    expect(await broker.json('topic create made -p 2')).toEqual([
      { topic: 'made', created: true, partitions: 2 },
    ]);
    expect(await broker.json('topic create made --if-not-exists')).toMatchObject([{ created: false }]);
    expect(await broker.json('topic list')).toContainEqual(
      expect.objectContaining({ topic: 'made', partitions: 2 }),
    );
    const [described] = await broker.json('topic describe made');
    expect(described).toMatchObject({
      topic: 'made',
      configs: {},
      partitions: [{ partition: 0 }, { partition: 1 }],
    });
    expect(await broker.json('topic delete made')).toEqual([{ topic: 'made', deleted: true }]);
    expect(await broker.run('topic describe made')).toMatchObject({ code: EXIT.notFound });
  });

  test('describe tells sizes', async () => {
    await filled('sized', 3, 1);
    const [described] = await broker.json('topic describe sized');
    expect(described!['partitions'][0]).toMatchObject({ startOffset: 0, endOffset: 3 });
    expect(described!['partitions'][0].sizeBytes).toBeGreaterThan(60);
  });

  test('alter sets, unsets and widens; a dry run does nothing; a mistake changes nothing', async () => {
    await broker.json('topic create wide -p 1 -c segment.ms=60000');
    const changes = 'topic alter wide -c retention.ms=1000 --unset segment.ms -p 3';
    expect(await broker.json(`${changes} --dry-run`)).toMatchObject([
      { executed: false, partitionsBefore: 1, partitions: 3 },
    ]);
    const state = async () => {
      const [{ configs, partitions } = {}] = await broker.json('topic describe wide');
      return [configs, partitions.length];
    };
    expect(await state()).toEqual([{ 'segment.ms': '60000' }, 1]);
    const refused = await broker.run('topic alter wide -c retention.ms=soon -c max.message.bytes=100 -p 3');
    expect(refused).toMatchObject({ code: EXIT.failed, stdout: '' });
    expect(refused.stderr).toMatch(/INVALID_CONFIG.*retention.ms/);
    // The settings are fine and the count is not: neither is done.
    expect(await broker.run('topic alter wide -c retention.ms=1000 -p 1')).toMatchObject({
      code: EXIT.failed,
    });
    expect(await state()).toEqual([{ 'segment.ms': '60000' }, 1]);
    const done = await broker.run(changes);
    expect(done.stdout).toBe('changed topic wide: retention.ms=1000, segment.ms unset, 1 → 3 partitions\n');
    expect(await state()).toEqual([{ 'retention.ms': '1000' }, 3]);
  });

  test('trim shows a plan, and does it when it is told to', async () => {
    await filled('trimmed', 10);
    const plan = await broker.run('topic trim trimmed --before-offset 1:4');
    expect(plan.stdout).toMatch(/partition +start +new start +end +removed +note\n +1 +0 +4 +10 +4/);
    expect(plan.stderr).toBe(
      '4 records of topic trimmed would be removed; nothing has been changed. --execute does it.\n',
    );
    const bounds = async () => {
      const [{ partitions } = {}] = await broker.json('topic describe trimmed');
      return partitions.map((each: { startOffset: number; endOffset: number }) => [
        each.startOffset,
        each.endOffset,
      ]);
    };
    expect(await bounds()).toEqual([
      [0, 10],
      [0, 10],
    ]);
    expect(await broker.json('topic trim trimmed --before-offset 1:4 --execute')).toMatchObject([
      { executed: true, partitions: [{ partition: 1, newStartOffset: 4, records: 4, error: null }] },
    ]);
    expect(await bounds()).toEqual([
      [0, 10],
      [4, 10],
    ]);
    const [byTime] = await broker.json(
      `topic trim trimmed --before-time ${new Date(AT + 3000).toISOString()} --execute`,
    );
    expect(byTime!['partitions']).toMatchObject([
      { partition: 0, newStartOffset: 3, records: 3, note: null },
      { partition: 1, newStartOffset: 4, records: 0, note: null },
    ]);
    expect(await bounds()).toEqual([
      [3, 10],
      [4, 10],
    ]);
    expect(await broker.json('topic trim trimmed --before-time 2100-01-01')).toMatchObject([
      { executed: false, partitions: [{ newStartOffset: 10 }, { newStartOffset: 10 }] },
    ]);
    expect((await broker.run('topic trim trimmed --all --execute')).stderr).toBe(
      'removed 13 records of topic trimmed\n',
    );
    expect(await bounds()).toEqual([
      [10, 10],
      [10, 10],
    ]);
    expect(await broker.run('topic trim trimmed --before-offset 7:1')).toMatchObject({ code: EXIT.notFound });
    expect(await broker.run('topic trim nope --all')).toMatchObject({ code: EXIT.notFound });
  });
});

describe('records', () => {
  test('go in and come out as JSON', async () => {
    const [sent] = await broker.json('produce spoken --key-separator :', {
      stdin: chunks('k:hello\n', 'k:wor', 'ld\n'),
    });
    expect(sent).toMatchObject({ topic: 'spoken', records: 2, skipped: 0 });
    expect(await broker.json('consume spoken')).toMatchObject([
      { key: 'k', value: 'hello', offset: 0 },
      { key: 'k', value: 'world', offset: 1 },
    ]);
  });
});

describe('a signal', () => {
  test('ends produce: what was read is stored, half a line is not', async () => {
    const { world, stdout, stderr, signal } = testWorld({ stdin: interruptedInput() });
    async function* interruptedInput(): AsyncGenerator<Buffer> {
      yield Buffer.from('one\ntwo\nthr');
      // Somebody is asked to type more, and presses Ctrl-C.
      signal('SIGINT');
      await new Promise(() => {});
    }
    const words = `produce cut-off --format json -b ${broker.bootstrap}`.split(' ');
    expect(await runProgram(words, world)).toBe(130);
    expect(jsonLines('produce', stdout())).toMatchObject([{ records: 2 }]);
    expect(JSON.parse(stderr())).toMatchObject({ error: { code: 'SIGINT' } });
    expect((await broker.json('consume cut-off')).map(({ value }) => value)).toEqual(['one', 'two']);
  });

  test('that comes twice ends it on the spot', async () => {
    const { world, signal } = testWorld({ stdin: stuckInput() });
    async function* stuckInput(): AsyncGenerator<Buffer> {
      signal('SIGTERM');
      expect(() => signal('SIGTERM')).toThrow('exit 143');
      yield Buffer.from('never sent\n');
    }
    expect(await runProgram(`produce cut-twice -b ${broker.bootstrap}`.split(' '), world)).toBe(143);
    expect(await broker.json('consume cut-twice')).toEqual([]);
  });
});

describe('groups', () => {
  const reset = 'group reset-offsets';

  async function offsets(group: string): Promise<Record<string, number>> {
    const [{ partitions } = {}] = await broker.json(`group describe ${group}`);
    return Object.fromEntries(
      (partitions as { topic: string; partition: number; committedOffset: number }[]).map((each) => [
        `${each.topic}-${each.partition}`,
        each.committedOffset,
      ]),
    );
  }

  test('are read with, listed and described', async () => {
    await filled('read', 5);
    await broker.json('consume read --group readers --count 10');
    expect(await broker.json('group list')).toContainEqual({
      group: 'readers',
      state: 'Empty',
      protocolType: 'consumer',
    });
    expect(await offsets('readers')).toEqual({ 'read-0': 5, 'read-1': 5 });
    expect(await broker.run('group describe nobody')).toMatchObject({ code: EXIT.notFound });
  });

  test('reset: a plan first, then as it was told, each way there is', async () => {
    await filled('moved', 10);
    await broker.json(`${reset} movers --topic moved --to-offset 5 --execute`);
    expect(await offsets('movers')).toEqual({ 'moved-0': 5, 'moved-1': 5 });
    const plan = await broker.run(`${reset} movers --topic moved --to-earliest`);
    expect(plan.stderr).toBe(
      'group movers would be reset in 2 partitions; nothing has been changed. --execute does it.\n',
    );
    expect(await offsets('movers')).toEqual({ 'moved-0': 5, 'moved-1': 5 });

    const ways: readonly [options: string, expected: readonly [number, number]][] = [
      ['--to-earliest', [0, 0]],
      ['--to-latest', [10, 10]],
      ['--shift-by -3', [7, 7]],
      ['--shift-by -100', [0, 0]],
      ['--shift-by 4', [4, 4]],
      [`--to-time ${AT + 6000}`, [6, 6]],
      [`--to-time ${new Date(AT + 2500).toISOString()}`, [3, 3]],
      ['--to-time 2100-01-01', [10, 10]],
      ['--to-offset 99', [10, 10]],
      ['--to-current', [10, 10]],
      ['--by-duration P30000D', [0, 0]],
      ['--by-duration PT0S', [10, 10]],
    ];
    for (const [options, [first, second]] of ways) {
      const [done] = await broker.json(`${reset} movers --topic moved ${options} --execute`);
      expect(done, options).toMatchObject({ executed: true });
      expect(await offsets('movers'), options).toEqual({ 'moved-0': first, 'moved-1': second });
    }
    await broker.json(`${reset} movers --topic moved:1 --to-offset 2 --execute`);
    expect(await offsets('movers')).toEqual({ 'moved-0': 10, 'moved-1': 2 });
    await broker.json(`${reset} movers --all-topics --shift-by -1 --execute`);
    expect(await offsets('movers')).toEqual({ 'moved-0': 9, 'moved-1': 1 });
  });

  test('reset: what cannot be just as asked is noted', async () => {
    await filled('noted', 10);
    await broker.json('topic trim noted --before-offset 0:4 --execute');
    await broker.json(`${reset} noters --topic noted:0 --to-offset 6 --execute`);
    const [plan] = await broker.json(`${reset} noters --topic noted --shift-by -5`);
    expect(plan!['partitions']).toMatchObject([
      { partition: 0, committedOffset: 6, newOffset: 4, note: 'the log begins there, 1 is gone' },
      { partition: 1, committedOffset: null, newOffset: null, note: 'the group has no offset here to shift' },
    ]);
    const late = await broker.json(`${reset} noters --topic noted --to-time 2100-01-01`);
    expect(late[0]!['partitions'][0].note).toBe('no record is as late as that');
  });

  test('reset: exported, and put back from the file', async () => {
    await filled('kept', 10);
    await broker.json(`${reset} keepers --topic kept --to-offset 3 --execute`);
    const exported = await broker.run(`${reset} keepers --all-topics --to-current --export`);
    expect(exported.stdout).toBe('kept,0,3\nkept,1,3\n');
    await broker.json(`${reset} keepers --topic kept --to-latest --execute`);
    const files = { '/home/me/before.csv': `${exported.stdout}others,kept,0,9\nkeepers,gone,0,1\n` };
    const [done] = await broker.json(`${reset} keepers --from-file before.csv --execute`, { files });
    expect(done!['partitions']).toMatchObject([
      { topic: 'kept', partition: 0, newOffset: 3 },
      { topic: 'kept', partition: 1, newOffset: 3 },
      { topic: 'gone', partition: 0, newOffset: null, note: 'there is no such partition' },
    ]);
    expect(await offsets('keepers')).toEqual({ 'kept-0': 3, 'kept-1': 3 });
    const none = await broker.run(`${reset} keepers --from-file none.csv`, {
      files: { '/home/me/none.csv': 'a,kept,0,1\n' },
    });
    expect(none).toMatchObject({ code: EXIT.failed });
    expect(none.stderr).toMatch(/names no offset of group keepers/);
  });

  test.each([
    ['--topic nope --to-earliest', /there is no topic nope/],
    ['--topic moved:9 --to-earliest', /has no partition 9/],
    ['--all-topics --to-earliest', /there is no group strangers/],
  ])('reset strangers %s is not found', async (options, said) => {
    const ran = await broker.run(`${reset} strangers ${options}`);
    expect(ran.code).toBe(EXIT.notFound);
    expect(ran.stderr).toMatch(said);
  });

  test('that are in use are not reset, nor deleted, nor their offsets', async () => {
    await filled('used', 3, 1);
    await broker.json(`${reset} users --topic used --to-offset 1 --execute`);
    const { world, signal } = testWorld();
    const member = runProgram(`consume used --group users --follow -b ${broker.bootstrap}`.split(' '), world);
    const state = async () => (await broker.json('group describe users'))[0]!['state'];
    while ((await state()) !== 'Stable');
    const refused = await broker.run(`${reset} users --topic used --to-earliest --execute`);
    expect([refused.code, refused.stdout]).toEqual([EXIT.failed, '']);
    expect(refused.stderr).toMatch(
      /group users is in use: its state is Stable, with 1 member\nStop its members first/,
    );
    const plan = await broker.run(`${reset} users --topic used --to-earliest`);
    expect([plan.code, plan.stderr]).toEqual([EXIT.ok, expect.stringMatching(/Not while it is in use/)]);
    expect(await broker.json('group delete users', { code: EXIT.failed })).toMatchObject([
      { deleted: false, error: { code: 'NON_EMPTY_GROUP' } },
    ]);
    const kept = await broker.json('group delete-offsets users --topic used', { code: EXIT.failed });
    expect(kept).toMatchObject([
      { deleted: false, error: expect.stringMatching(/subscribes to the topic/) as string },
    ]);
    signal('SIGINT');
    expect(await member).toBe(EXIT.ok);
    expect(await broker.json('group delete users')).toMatchObject([{ deleted: true }]);
  });

  test('delete takes several, and tells of each', async () => {
    await filled('left', 1);
    for (const group of ['leavers-a', 'leavers-b'])
      await broker.json(`${reset} ${group} --topic left --to-latest --execute`);
    const told = await broker.json('group delete leavers-a nobody leavers-b', { code: EXIT.notFound });
    expect(told).toEqual([
      { group: 'leavers-a', deleted: true, error: null },
      {
        group: 'nobody',
        deleted: false,
        error: { code: 'GROUP_NOT_FOUND', message: 'there is no group nobody' },
      },
      { group: 'leavers-b', deleted: true, error: null },
    ]);
    expect((await broker.json('group list')).map(({ group }) => group)).not.toContain('leavers-a');
  });

  test('delete-offsets forgets some', async () => {
    await filled('forgotten', 1);
    await broker.json(`${reset} forgetters --topic forgotten --to-latest --execute`);
    expect(await broker.json('group delete-offsets forgetters --topic forgotten:1')).toEqual([
      { group: 'forgetters', topic: 'forgotten', partition: 1, deleted: true, error: null },
    ]);
    expect(await offsets('forgetters')).toEqual({ 'forgotten-0': 1 });
    const again = await broker.run('group delete-offsets forgetters --topic forgotten:1');
    expect(again).toMatchObject({ code: EXIT.notFound });
    expect(again.stderr).toMatch(/has no offset in forgotten-1/);
    expect(await broker.run('group delete-offsets nobody --topic forgotten')).toMatchObject({
      code: EXIT.notFound,
    });
  });
});

describe('settings', () => {
  test('of a topic are set, got, listed, unset', async () => {
    await broker.json('topic create set-up');
    const of = '--topic set-up';
    expect((await broker.run(`config list ${of}`)).stderr).toMatch(/nothing is set on topic set-up/);
    expect(await broker.json(`config set retention.ms=1000 segment.ms=60000 ${of} --dry-run`)).toMatchObject([
      { executed: false },
    ]);
    expect(await broker.json(`config list ${of}`)).toEqual([]);
    expect(await broker.json(`config set retention.ms=1000 segment.ms=60000 ${of}`)).toEqual([
      {
        resource: { type: 'topic', name: 'set-up' },
        executed: true,
        set: { 'retention.ms': '1000', 'segment.ms': '60000' },
        unset: [],
      },
    ]);
    expect(await broker.json(`config list ${of}`)).toMatchObject([
      { name: 'retention.ms', value: '1000', source: 'topic' },
      { name: 'segment.ms', value: '60000', source: 'topic' },
    ]);
    const all = await broker.json(`config list ${of} --all`);
    expect(all.length).toBeGreaterThan(20);
    expect(all.every(({ documentation }) => documentation.length > 5)).toBe(true);
    expect(await broker.json(`config unset retention.ms ${of}`)).toMatchObject([
      { unset: ['retention.ms'], set: {} },
    ]);
    expect(await broker.json(`config get segment.ms retention.ms ${of}`)).toMatchObject([
      { name: 'segment.ms', value: '60000', source: 'topic' },
      { name: 'retention.ms', default: '604800000', type: 'long' },
    ]);
    const got = await broker.run(`config get segment.ms ${of}`);
    expect(got.stdout).toMatch(
      /^segment\.ms=60000\n {2}source {3}topic\n {2}default {2}\d+\n {2}type {5}long/,
    );
  });

  test('of the broker, which is found by itself where there is one', async () => {
    const listed = await broker.json('config list');
    expect(listed).toContainEqual(
      expect.objectContaining({
        name: 'offsets.topic.num.partitions',
        value: '2',
        source: 'start',
        default: '50',
      }),
    );
    expect(await broker.json('config list --broker 1')).toEqual(listed);
    expect(await broker.json('config get num.partitions')).toMatchObject([
      { resource: { type: 'broker', name: '1' } },
    ]);
    expect(await broker.json('config set log.retention.ms=123456 --defaults')).toMatchObject([
      { resource: { type: 'all-brokers', name: null } },
    ]);
    expect(await broker.json('config list --defaults')).toMatchObject([
      { name: 'log.retention.ms', value: '123456', source: 'all-brokers' },
    ]);
    await broker.json('config unset log.retention.ms --defaults');
  });

  test.each<[string, number, RegExp]>([
    ['config set retention.ms=soon --topic set-up', EXIT.failed, /INVALID_CONFIG.*retention.ms/],
    ['config set nope=1 --topic set-up', EXIT.failed, /INVALID_CONFIG.*nope/],
    ['config get nope --topic set-up', EXIT.notFound, /topic set-up has no setting nope/],
    ['config list --topic nope', EXIT.notFound, /there is no topic nope/],
    ['config list --broker 7', EXIT.notFound, /there is no broker 7\nThere are 1\./],
  ])('%s → %i', async (line, code, said) => {
    const ran = await broker.run(line);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toMatch(said);
  });
});

describe('the cluster', () => {
  test('is described', async () => {
    const [info] = await broker.json('cluster info --apis');
    expect(info).toMatchObject({
      controller: 1,
      brokers: [{ id: 1, host: '127.0.0.1', logDirs: [{ online: true }] }],
    });
    expect(info!['brokers'][0].apis).toContainEqual(expect.objectContaining({ key: 0, name: 'Produce' }));
    const text = await broker.run('cluster info');
    expect(text.stdout).toMatch(/^cluster +\S{22}\ncontroller +1\ntopics /);
  });

  test('is well', async () => {
    const [health] = await broker.json('cluster health --free-min 0');
    expect(health).toMatchObject({ healthy: true });
    const names = ['reachable', 'controller', 'log-dirs', 'disk-space', 'leaders', 'in-sync', 'groups'];
    expect(health!['checks'].map(({ name }: { name: string }) => name)).toEqual(names);
    expect(health!['checks'].filter(({ status }: { status: string }) => status === 'pass')).toHaveLength(7);
    const coloured = await broker.run('cluster health --free-min 0', { hasColours: true });
    expect(coloured.stdout).toContain('\u001b[32mpass\u001b[39m');
  });

  test('that is down fails its first check', async () => {
    const ran = await runLine('cluster health --format json -b 127.0.0.1:1');
    expect(ran.code).toBe(EXIT.failed);
    const [health] = jsonLines('cluster health', ran.stdout);
    expect(health).toMatchObject({ healthy: false });
    expect(health!['checks'][0]).toMatchObject({ name: 'reachable', status: 'fail' });
    expect(health!['checks'][1]).toMatchObject({ name: 'controller', status: 'skip' });
  });
});

describe('errors', () => {
  test.each(['topic describe nope', 'group describe nope', 'topic create bad/name', 'topic list --nonsense'])(
    '%s fit the schema of errors',
    async (line) => {
      const { stderr, stdout } = await broker.run(`${line} --format json`);
      expect(stdout).toBe('');
      // A command line that makes no sense is told by the parser, in text.
      if (stderr.startsWith('{')) expect(schemaProblems(schemaOf('error'), JSON.parse(stderr))).toEqual([]);
      else expect(stderr).toMatch(/^error: unknown option/);
    },
  );
});
