/**
 * IncrementalAlterConfigs, 0 to 1: sets and deletes single settings of a topic or of brokers, appends to lists and subtracts from them
 * (KIP-339). 1: flexible.
 */
import { IncrementalAlterConfigs } from '../../wire/messages/incremental-alter-configs.js';
import { ALTER_TOUCHES, alterResources } from '../alter-resources.js';
import { handler } from '../handler.js';

export const incrementalAlterConfigs = handler(
  IncrementalAlterConfigs,
  { order: 'alone', touches: ALTER_TOUCHES },
  async ({ resources, validateOnly }, context, services) => ({
    responses: await alterResources(
      resources.map(({ resourceType, resourceName, configs }) => ({
        resourceType,
        resourceName,
        ops: configs.map(({ name, configOperation, value }) => ({ name, operation: configOperation, value })),
      })),
      { api: 'IncrementalAlterConfigs', validateOnly },
      context,
      services,
    ),
  }),
);
