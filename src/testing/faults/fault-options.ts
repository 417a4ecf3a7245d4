/** What a test says of a fault, checked: a fault that can never be met would make its test pass for the wrong reason. */
import { UserError } from '../../base/errors.js';
import { suggestion } from '../../broker/settings/near-names.js';
import { ErrorCode, type ErrorName, errorName } from '../../wire/errors.js';
import { APIS } from '../../wire/messages/index.js';
import type { Api } from '../../wire/schema.js';
import { checkOptionNames } from '../option-names.js';
import { API_NAMES, type ApiName } from './api-names.js';
import type { FaultTarget } from './fault.js';
import { type Entry, type LevelKind, REFUSAL_RULES } from './refusal-rules.js';

const TARGET_OPTIONS: readonly string[] = ['topic', 'partition', 'group', 'version', 'clientId', 'times'];

/** @throws UserError API_UNKNOWN */
export function checkApi(what: string, name: string): Api {
  const api = APIS.find((each) => each.name === name);
  if (api !== undefined && Object.hasOwn(REFUSAL_RULES, name)) return api;
  throw new UserError(
    'API_UNKNOWN',
    `${what}: there is no API called ${name}.${suggestion(name, API_NAMES)}`,
    `There are ${API_NAMES.join(', ')}.`,
  );
}

/** @throws UserError ERROR_UNKNOWN */
export function checkError(what: string, error: ErrorName | number): ErrorCode {
  const code = typeof error === 'number' ? error : (ErrorCode as Readonly<Record<string, number>>)[error];
  const known = code !== undefined && Object.values<number>(ErrorCode).includes(code);
  if (known && code !== ErrorCode.NONE) return code as ErrorCode;
  if (known) throw new UserError('ERROR_UNKNOWN', `${what}: ${errorName(code)} is no error.`);
  const near = typeof error === 'string' ? suggestion(error, Object.keys(ErrorCode)) : '';
  throw new UserError('ERROR_UNKNOWN', `${what}: Kafka has no error ${error}.${near}`);
}

/** @throws UserError OPTION_INVALID */
export function checkTarget(what: string, target: FaultTarget, otherOptions: readonly string[]): void {
  checkOptionNames(what, target, [...otherOptions, ...TARGET_OPTIONS]);
  const { times, partition } = target;
  if (times !== undefined && !(Number.isSafeInteger(times) && times > 0))
    throw new UserError(
      'OPTION_INVALID',
      `${what}: times must be a whole number of 1 or more, not ${times}.`,
    );
  if (partition !== undefined && !(Number.isSafeInteger(partition) && partition >= 0))
    throw new UserError(
      'OPTION_INVALID',
      `${what}: partition must be a whole number of 0 or more, not ${partition}.`,
    );
}

/** @throws UserError OPTION_INVALID where the API's requests do not tell what is asked for */
export function checkScope(what: string, api: Api, { topic, partition, group, version }: FaultTarget): void {
  const chosenBy = kindsOf(api);
  const known = [...chosenBy].join(', ') || 'neither topic, partition nor group';
  for (const [kind, value] of Object.entries({ topic, partition, group })) {
    if (value === undefined || chosenBy.has(kind)) continue;
    throw new UserError(
      'OPTION_INVALID',
      `${what}: ${api.name} cannot be chosen by ${kind}: its requests and answers name ${known}.`,
    );
  }
  if (version !== undefined && !(version >= api.minVersion && version <= api.maxVersion)) {
    throw new UserError(
      'OPTION_INVALID',
      `${what}: ${api.name} is served in versions ${api.minVersion} to ${api.maxVersion}, not ${version}.`,
    );
  }
}

/** `topic`, `partition`, `group`: what tells one request of this API, or one part of it, from another. */
function kindsOf(api: Api): ReadonlySet<string> {
  const rule = REFUSAL_RULES[api.name as ApiName];
  const kinds = new Set<string>(rule.group ? ['group'] : []);
  const optionOf: Readonly<Record<LevelKind, string | null>> = {
    topic: 'topic',
    partition: 'partition',
    group: 'group',
    resource: 'topic',
    directory: null,
  };
  const anyRequest: Entry = { keyType: 0 };
  for (let version = api.minVersion; version <= api.maxVersion; version++) {
    for (const { of } of rule.levels(version, anyRequest)) {
      const option = optionOf[of];
      if (option !== null) kinds.add(option);
    }
  }
  return kinds;
}
