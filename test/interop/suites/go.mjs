/** Go's clients: our programs in go/ around franz-go and sarama. */
import assert from 'node:assert/strict';
import { go } from '../harness/go.mjs';
import { groupOfThree } from '../harness/group-of-three.mjs';
import { runProgram } from '../harness/programs.mjs';
import { staticMembers } from '../harness/static-members.mjs';

export async function runFranz({ checks, control, bootstrap, restart, seen }) {
  await runProgram(checks, 'franz-go', go('franz', 'checks', bootstrap), restart);
  const member =
    (balancer) =>
    async ({ topic, group, instance }) =>
      go('franz', 'member', bootstrap, topic, group, balancer, ...[instance ?? []].flat());
  await groupOfThree(checks, control, 'group, range', member('range'));
  await groupOfThree(checks, control, 'group, cooperative-sticky', member('cooperative-sticky'), {
    feature: 'cooperative',
  });
  await staticMembers(checks, control, 'group', member('range'));
  if (seen !== undefined)
    await checks.feature('fetch-sessions', 'its fetches were incremental', async () =>
      assert.ok(seen.incrementalFetches > 0, 'none was'),
    );
}

export async function runSarama({ checks, control, bootstrap, restart }) {
  await runProgram(checks, 'sarama', go('sarama', 'checks', bootstrap), restart);
  const member =
    (strategy) =>
    async ({ topic, group, instance }) =>
      go('sarama', 'member', bootstrap, topic, group, strategy, ...[instance ?? []].flat());
  for (const strategy of ['range', 'sticky'])
    await groupOfThree(checks, control, `group, ${strategy}`, member(strategy));
  await groupOfThree(checks, control, 'group, cooperative-sticky', member('cooperative-sticky'), {
    feature: 'cooperative',
  });
  await staticMembers(checks, control, 'group', member('range'));
}
