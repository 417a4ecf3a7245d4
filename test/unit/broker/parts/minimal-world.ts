/** A broker that has what minimal requests are about: a topic called `topic`, and a coordinator of the group called `group`. */
import { FindCoordinator } from '../../../../src/wire/messages/find-coordinator.js';
import { createTopic } from './asks.js';
import { World } from './world.js';

export async function minimalWorld(): Promise<World> {
  const world = await World.start();
  const client = await world.client();
  await createTopic(client, 'topic');
  // The first who asks for a coordinator makes it.
  await client.call(FindCoordinator, { coordinatorKeys: ['group'] });
  client.close();
  return world;
}
