/** `millrace group …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { type ClientOptions, declareClientOptions } from '../client-options.js';
import type { World } from '../world.js';

export function declareGroup(command: Command, world: World): void {
  declareClientOptions(command.command('list').description('the consumer groups, by id')).action(
    async (options: ClientOptions) => (await import('./group/list.js')).listGroups(options, world),
  );
  declareClientOptions(
    command.command('describe').description('state, members, offsets and lag').argument('<group>'),
  ).action(async (groupId: string, options: ClientOptions) =>
    (await import('./group/describe.js')).describeGroup(groupId, options, world),
  );
}
