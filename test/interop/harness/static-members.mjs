/**
 * Static membership (KIP-345), one story for every client that has it: a member that comes back under its own instance
 * id within the session time-out gets its partitions back, and the others notice nothing.
 */
import assert from 'node:assert/strict';
import { unique } from './control.mjs';
import { Member } from './group-of-three.mjs';
import { pause, until } from './until.mjs';

const PARTITIONS = 4;

/**
 * @param {(member: { instance: string, topic: string, group: string }) => Promise<object>} command as groupOfThree takes it, with a group.instance.id
 *   and a session time-out of 30 s
 */
export async function staticMembers(checks, control, label, command) {
  const group = unique('static');
  const all = [];
  let topic = '';
  const start = async (instance) => {
    const member = new Member(instance, await command({ instance, topic, group }));
    all.push(member);
    return member;
  };
  const read = () => new Set(all.flatMap((member) => member.records.map(({ value }) => value))).size;
  const describe = () => all.map((member) => member.story).join('\n');

  await checks.feature(
    'static',
    `${label}: a static member comes back to its own partitions, and nobody rebalances`,
    async () => {
      topic = await control.topic('static', PARTITIONS);
      const stays = await start('stays');
      await until('the first member to own all', () => stays.assigned.length === PARTITIONS, { describe });
      const goes = await start('goes');
      await until('two members to share', () => stays.assigned.length === 2 && goes.assigned.length === 2, {
        describe,
      });
      await control.fill(topic, PARTITIONS, 0, 40);
      await until('all to be read', () => read() === 40, { describe });
      await until(
        'all to be committed',
        async () => (await control.committed(group, topic)).every((offset) => offset === 10),
        { describe },
      );

      const owned = [...goes.assigned];
      const rebalances = stays.assignments;
      await goes.kill();
      const returns = await start('goes');
      await until('the member to have its partitions back', () => returns.assigned.length > 0, { describe });
      assert.deepEqual(returns.assigned, owned);
      await control.fill(topic, PARTITIONS, 40, 80);
      await until('all to be read', () => read() === 80, { describe });
      // Longer than a heartbeat, by which the other would have heard of a rebalance.
      await pause(1500);
      assert.equal(
        stays.assignments,
        rebalances,
        `the other member was given partitions again\n${describe()}`,
      );
    },
  );
  await Promise.all(all.map((member) => member.kill()));
}
