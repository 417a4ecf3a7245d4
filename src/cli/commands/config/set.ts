import { alterConfigs, type ConfigChange, resourceName } from '../../../client/admin/configs.js';
import { ADMIN_TIMEOUT_MS } from '../../client-options.js';
import { writeJson } from '../../json-lines.js';
import { usageError } from '../../usage.js';
import type { World } from '../../world.js';
import { type ResourceOptions, resourceAsJson, withResource } from './resource.js';

export interface SetOptions extends ResourceOptions {
  readonly dryRun?: boolean;
}

/** Sets and unsets. JSON: docs/schemas/config-set.json. */
export async function setConfigs(
  changes: readonly ConfigChange[],
  options: SetOptions,
  world: World,
): Promise<void> {
  const { dryRun = false } = options;
  const twice = changes.find(({ name }, at) => changes.findIndex((other) => other.name === name) !== at);
  if (twice) throw usageError(`${twice.name} is named twice`, 'Give it once.');
  const resource = await withResource(options, async (cluster, resource) => {
    await alterConfigs(cluster, resource, changes, dryRun ? 'validate' : 'apply', ADMIN_TIMEOUT_MS);
    return resource;
  });
  if (options.format === 'json') {
    const set = changes.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
    writeJson(world.stdout, {
      resource: resourceAsJson(resource),
      executed: !dryRun,
      set: Object.fromEntries(set),
      unset: changes.filter(({ value }) => value === null).map(({ name }) => name),
    });
    return;
  }
  const said = changes.map(({ name, value }) => (value === null ? `${name} unset` : `${name}=${value}`));
  const verb = dryRun ? 'would change' : 'changed';
  world.stdout.write(`${verb} ${resourceName(resource)}: ${said.join(', ')}\n`);
}
