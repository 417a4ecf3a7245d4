/** Python's clients: our programs in python/ around confluent-kafka (librdkafka) and aiokafka (Python throughout). */
import { groupOfThree } from '../harness/group-of-three.mjs';
import { runProgram } from '../harness/programs.mjs';
import { python } from '../harness/python.mjs';
import { staticMembers } from '../harness/static-members.mjs';

export async function runConfluent({ checks, control, bootstrap, restart }) {
  await runProgram(checks, 'confluent-kafka', python('confluent_checks', bootstrap), restart);
  const member =
    (strategy) =>
    async ({ topic, group, instance }) =>
      python('confluent_member', bootstrap, topic, group, strategy, ...[instance ?? []].flat());
  await groupOfThree(checks, control, 'group, range', member('range'));
  await groupOfThree(checks, control, 'group, cooperative-sticky', member('cooperative-sticky'), {
    feature: 'cooperative',
  });
  await staticMembers(checks, control, 'group', member('range'));
}

export async function runAiokafka({ checks, control, bootstrap, restart }) {
  await runProgram(checks, 'aiokafka', python('aiokafka_checks', bootstrap), restart);
  const member =
    (assignor) =>
    async ({ topic, group, instance }) =>
      python('aiokafka_member', bootstrap, topic, group, assignor, ...[instance ?? []].flat());
  for (const assignor of ['range', 'sticky'])
    await groupOfThree(checks, control, `group, ${assignor}`, member(assignor));
  await staticMembers(checks, control, 'group', member('range'));
}
