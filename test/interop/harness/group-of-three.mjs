/**
 * One story for every client: a group whose members come, go and die. A client takes part by a member process, which a
 * suite starts and this story listens to, by one JSON object a line on its standard output:
 *
 *   {"assigned": [0, 3]}                          all partitions it now owns, after every rebalance
 *   {"partition": 0, "offset": 12, "value": "72"} a record it has processed
 *
 * SIGTERM asks it to leave the group and end with exit code 0. A client that speaks otherwise brings a `parse`.
 */
import assert from 'node:assert/strict';
import { unique } from './control.mjs';
import { Running } from './processes.mjs';
import { until } from './until.mjs';

const PARTITIONS = 6;

export class Member {
  assigned = [];
  records = [];
  /** How often it was told its partitions. */
  assignments = 0;
  #process;

  constructor(name, { command, args, env, parse = parseJson }) {
    this.name = name;
    this.#process = new Running(
      command,
      args,
      (line, stream) => {
        for (const event of parse(line, stream)) {
          if (event.assigned !== undefined || event.granted !== undefined) this.assignments++;
          if (event.assigned !== undefined) this.assigned = event.assigned;
          else if (event.granted !== undefined) this.assigned = [...this.assigned, ...event.granted];
          else if (event.revoked !== undefined)
            this.assigned = this.assigned.filter((each) => !event.revoked.includes(each));
          else this.records.push(event);
        }
      },
      { env },
    );
  }

  get isRunning() {
    return this.#process.isRunning;
  }

  get story() {
    return `${this.name}: ${this.isRunning ? 'runs' : 'ended'}, owns [${this.assigned.join(', ')}], read ${this.records.length}; last lines:\n${this.#process.tail}`;
  }

  async leave() {
    const { code, signal } = await this.#process.end('SIGTERM');
    this.assigned = [];
    assert.equal(signal ?? code, 0, `${this.name} should have left with exit code 0\n${this.#process.tail}`);
  }

  async kill() {
    await this.#process.end('SIGKILL');
    this.assigned = [];
  }
}

function parseJson(line, stream) {
  if (stream !== 'stdout' || !line.startsWith('{')) return [];
  return [JSON.parse(line)];
}

/**
 * @param {import('./checks.mjs').Checks} checks
 * @param {import('./control.mjs').Control} control
 * @param {string} label names the client and the manner of assignment, in the checks' names
 * @param {(member: { name: string, topic: string, group: string }) => Promise<object>} command what to start, as Member takes it.
 *   Members have a session time-out of 6 s, begin at the earliest offset and commit what they have processed at least every second.
 * @param {{ feature?: string, handsOutWhatItLost?: boolean }} options the feature it shows, and a quirk of the client that no broker can do
 *   anything about
 */
export async function groupOfThree(
  checks,
  control,
  label,
  command,
  { feature = 'group', handsOutWhatItLost = false } = {},
) {
  const group = unique('group');
  const members = new Map();
  const all = [];
  let topic = '';
  let written = 0;

  const start = async (name) => {
    const member = new Member(name, await command({ name, topic, group }));
    members.set(name, member);
    all.push(member);
  };
  const describe = () => all.map((member) => member.story).join('\n');
  const living = () => [...members.values()].filter((member) => member.isRunning);
  const owned = () =>
    living()
      .flatMap((member) => member.assigned)
      .sort((a, b) => a - b);
  const isShared = (sizes) => {
    const found = living().map((member) => member.assigned.length);
    return (
      String(owned()) === String([...Array(PARTITIONS).keys()]) &&
      String(found.sort((a, b) => a - b)) === String(sizes)
    );
  };
  const shares = (...sizes) =>
    until(`${living().length} members to own ${sizes.join(' + ')} partitions`, () => isShared(sizes), {
      describe,
    });
  const write = async (count) => {
    await control.fill(topic, PARTITIONS, written, written + count);
    written += count;
  };
  const seen = () => new Set(all.flatMap((member) => member.records.map(({ value }) => Number(value))));
  const readAll = () =>
    until(`all ${written} records to be read`, () => seen().size === written, {
      describe: () => `${seen().size} read\n${describe()}`,
    });
  const checkOrder = () => {
    for (const { name, records } of all) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const own = records.filter((each) => each.partition === partition);
        for (const { value, offset } of own) {
          assert.equal(
            Number(value),
            offset * PARTITIONS + partition,
            `${name} read ${value} at ${partition}:${offset}`,
          );
        }
      }
    }
  };

  await checks.feature(feature, `${label}: three members share six partitions, two each`, async () => {
    topic = await control.topic('group', PARTITIONS);
    for (const name of ['a', 'b', 'c']) await start(name);
    await shares(2, 2, 2);
  });
  await checks.feature(
    feature,
    `${label}: 600 records are read, ${handsOutWhatItLost ? '' : 'each once, '}in their places`,
    async () => {
      await write(600);
      await readAll();
      checkOrder();
      if (handsOutWhatItLost) return;
      assert.equal(
        all.flatMap((member) => member.records).length,
        600,
        'a record was read twice in a settled group',
      );
    },
  );
  await checks.feature(
    feature,
    `${label}: a member leaves, its partitions move, nothing is lost`,
    async () => {
      await members.get('b').leave();
      await shares(3, 3);
      await write(60);
      await readAll();
      checkOrder();
    },
  );
  await checks.feature(
    feature,
    `${label}: a member is killed with -9, its partitions move, nothing is lost`,
    async () => {
      await members.get('c').kill();
      await write(60);
      await shares(6);
      await readAll();
      checkOrder();
    },
  );
  await checks.feature(
    feature,
    `${label}: a member joins, takes its share, goes on where the others had come to`,
    async () => {
      const before = written;
      await until(
        'the offsets to be committed',
        async () => sum(await control.committed(group, topic)) === before,
        { describe },
      );
      await start('d');
      await shares(3, 3);
      await write(60);
      await readAll();
      checkOrder();
      for (const { value } of members.get('d').records)
        assert.ok(Number(value) >= before, `the new member read ${value} again`);
    },
  );
  await checks.feature(
    feature,
    `${label}: all leave, the group remembers the end of every partition`,
    async () => {
      await Promise.all(living().map((member) => member.leave()));
      const ends = (await control.offsets(topic)).map(({ high }) => high);
      assert.equal(sum(ends), written);
      assert.deepEqual(await control.committed(group, topic), ends);
    },
  );
  await Promise.all(all.map((member) => member.kill()));
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}
