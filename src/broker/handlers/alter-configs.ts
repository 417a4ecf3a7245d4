/**
 * AlterConfigs, 0 to 2: replaces all that is set on a topic or on brokers; what it does not name returns to its default. That trap is why
 * Kafka has IncrementalAlterConfigs; old clients know only this one. 2: flexible.
 */
import { AlterConfigs } from '../../wire/messages/alter-configs.js';
import { ALTER_TOUCHES, alterResources } from '../alter-resources.js';
import { handler } from '../handler.js';
import { ConfigOperation } from '../settings/edits.js';

export const alterConfigs = handler(
  AlterConfigs,
  { order: 'alone', touches: ALTER_TOUCHES },
  async ({ resources, validateOnly }, context, services) => ({
    responses: await alterResources(
      resources.map(({ resourceType, resourceName, configs }) => ({
        resourceType,
        resourceName,
        ops: configs.map(({ name, value }) => ({ name, operation: ConfigOperation.SET, value })),
      })),
      { api: 'AlterConfigs', validateOnly },
      context,
      services,
    ),
  }),
);
