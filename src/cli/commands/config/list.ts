import { type ConfigEntry, describeConfigs, resourceName } from '../../../client/admin/configs.js';
import { ADMIN_TIMEOUT_MS } from '../../client-options.js';
import { writeJson } from '../../json-lines.js';
import { type Cell, renderTable } from '../../table.js';
import type { World } from '../../world.js';
import { type ResourceOptions, resourceAsJson, withResource } from './resource.js';

export interface ListOptions extends ResourceOptions {
  readonly all?: boolean;
  readonly doc?: boolean;
}

/** What somebody set, or with --all everything. JSON, a line a setting: docs/schemas/config-list.json. */
export async function listConfigs(options: ListOptions, world: World): Promise<void> {
  const { all = false, doc = false } = options;
  const { resource, configs } = await withResource(options, async (cluster, resource) => ({
    resource,
    configs: await describeConfigs(cluster, resource, null, ADMIN_TIMEOUT_MS),
  }));
  // Of a topic, what its broker was started with is somebody else's setting.
  const own = (entry: ConfigEntry): boolean =>
    resource.type === 'topic' ? entry.source === 'topic' : entry.source !== 'default';
  const shown = configs.filter((entry) => all || own(entry));
  if (options.format === 'json') {
    for (const entry of shown) writeJson(world.stdout, { resource: resourceAsJson(resource), ...entry });
    return;
  }
  if (shown.length === 0) {
    world.stderr.write(`nothing is set on ${resourceName(resource)}; --all shows every setting\n`);
    return;
  }
  const headings = ['name', 'value', 'source', 'default', ...(doc ? ['what it does'] : [])];
  const rows = shown.map((entry): Cell[] => [
    entry.name,
    shownValue(entry),
    entry.source,
    entry.default ?? '-',
    ...(doc ? [entry.documentation ?? ''] : []),
  ]);
  world.stdout.write(`${renderTable(headings, rows, world.stdout.hasColours)}\n`);
}

/** An empty value is not nothing. */
export function shownValue({ value, sensitive }: ConfigEntry): string {
  if (sensitive) return '(hidden)';
  return value === '' ? '""' : (value ?? '-');
}
