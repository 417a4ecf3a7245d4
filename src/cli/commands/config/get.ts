import { UserError } from '../../../base/errors.js';
import {
  type ConfigEntry,
  type ConfigResource,
  describeConfigs,
  resourceName,
} from '../../../client/admin/configs.js';
import { ADMIN_TIMEOUT_MS } from '../../client-options.js';
import { writeJson } from '../../json-lines.js';
import type { World } from '../../world.js';
import { shownValue } from './list.js';
import { type ResourceOptions, resourceAsJson, withResource } from './resource.js';

/** In the order of the names. JSON, a line a setting: docs/schemas/config-get.json. */
export async function getConfigs(
  names: readonly string[],
  options: ResourceOptions,
  world: World,
): Promise<void> {
  const { resource, configs } = await withResource(options, async (cluster, resource) => ({
    resource,
    configs: await describeConfigs(cluster, resource, names, ADMIN_TIMEOUT_MS),
  }));
  const found = names.map(
    (name) => configs.find((config) => config.name === name) ?? missing(name, resource),
  );
  if (options.format === 'json') {
    for (const entry of found) writeJson(world.stdout, { resource: resourceAsJson(resource), ...entry });
  } else {
    world.stdout.write(found.map(asText).join('\n'));
  }
}

/** @throws UserError CONFIG_NOT_FOUND */
function missing(name: string, resource: ConfigResource): never {
  throw new UserError(
    'CONFIG_NOT_FOUND',
    resource.type === 'all-brokers'
      ? `${name} is not set for all brokers`
      : `${resourceName(resource)} has no setting ${name}`,
    '`millrace config list --all` shows those that there are.',
  );
}

function asText(entry: ConfigEntry): string {
  const facts = [
    ['source', entry.source],
    ['default', entry.default ?? '-'],
    ['type', `${entry.type ?? '-'}${entry.readOnly ? ', set when the broker starts' : ''}`],
    ...entry.synonyms
      .map(({ name, value, source }) => ['else', `${name}=${value ?? '-'} (${source})`])
      .slice(1),
  ] as const;
  const lines = facts.map(([label, text]) => `  ${label.padEnd(8)} ${text}\n`).join('');
  const doc = entry.documentation === null ? '' : `  ${entry.documentation.replaceAll('\n', '\n  ')}\n`;
  return `${entry.name}=${shownValue(entry)}\n${lines}${doc}`;
}
