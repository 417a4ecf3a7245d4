/**
 * Operations of AlterConfigs and IncrementalAlterConfigs on the settings of one topic or broker: what of them makes sense, with Kafka's own
 * error codes, and the edit they come to. Pure; what is set now is looked at later, by the controller, when the edit is made.
 */
import type { ConfigEdit, ListEdit } from '../../metadata/controller/requests.js';
import type { Configs } from '../../metadata/records.js';
import { ErrorCode } from '../../wire/errors.js';
import {
  type BrokerSettings,
  brokerSetting,
  crossProblems,
  unknownBrokerSetting,
  withDynamicSettings,
} from './broker-settings.js';
import { parseSetting, type Setting } from './setting.js';
import { topicSetting, topicSettingProblem } from './topic-settings.js';
import { lackingBrokerSetting } from './kafka-settings.js';

/** Kafka's `AlterConfigOp.OpType`. */
export const ConfigOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export interface ConfigOp {
  readonly name: string;
  /** A ConfigOperation; what came over the wire may be none. */
  readonly operation: number;
  readonly value: string | null;
}

export interface EditRefusal {
  readonly error: ErrorCode;
  readonly message: string;
}

export type PlannedEdit =
  | { readonly ok: true; readonly edit: ConfigEdit }
  | { readonly ok: false; readonly refusal: EditRefusal };

/** What a change that names no operation, an unknown one or one name twice is told, whatever it is about; null when it is fine. */
export function operationsProblem(ops: readonly ConfigOp[]): EditRefusal | null {
  const names = new Set<string>();
  for (const { name } of ops) {
    if (names.has(name)) return invalidRequest(`The request names the setting ${name} more than once.`);
    names.add(name);
  }
  const withoutValue = ops.filter(
    ({ operation, value }) => operation !== ConfigOperation.DELETE && value === null,
  );
  if (withoutValue.length > 0) {
    return invalidRequest(`Null value not supported for: ${withoutValue.map(({ name }) => name).join(', ')}`);
  }
  const known: readonly number[] = Object.values(ConfigOperation);
  const stranger = ops.find(({ operation }) => !known.includes(operation));
  if (stranger === undefined) return null;
  return invalidRequest(
    `There is no operation ${stranger.operation}, which the request names for ${stranger.name}.`,
  );
}

/** @param unset `others`: AlterConfigs, which takes back all that it does not name */
export function planTopicEdit(ops: readonly ConfigOp[], unset: 'others' | 'named'): PlannedEdit {
  for (const { name, operation, value } of ops) {
    // Taking back what is not there is no error, whatever it is called.
    if (operation === ConfigOperation.DELETE) continue;
    const problem =
      operation === ConfigOperation.SET
        ? topicSettingProblem(name, value)
        : listProblem(topicSetting(name)?.topic, name, operation);
    if (problem !== null)
      return { ok: false, refusal: { error: ErrorCode.INVALID_CONFIG, message: problem } };
  }
  return { ok: true, edit: editOf(ops, unset, (name) => topicSetting(name)?.topic) };
}

/** A broker's setting that may not change is INVALID_REQUEST, as is a value that it cannot have: Kafka's codes. */
export function planBrokerEdit(ops: readonly ConfigOp[], unset: 'others' | 'named'): PlannedEdit {
  const changing = ops.filter(({ operation }) => operation !== ConfigOperation.DELETE);
  const unknown = changing.find(({ name }) => brokerSetting(name) === undefined);
  if (unknown) {
    return {
      ok: false,
      refusal: { error: ErrorCode.INVALID_CONFIG, message: unknownOverTheWire(unknown.name) },
    };
  }
  const fixed = changing.filter(({ name }) => brokerSetting(name)!.update === 'read-only');
  if (fixed.length > 0) {
    const names = fixed.map(({ name }) => name).join(', ');
    return {
      ok: false,
      refusal: invalidRequest(
        `Cannot update these configs dynamically: ${names}. They are read when the broker starts.`,
      ),
    };
  }
  for (const { name, operation, value } of changing) {
    const setting = brokerSetting(name)!;
    if (operation !== ConfigOperation.SET) {
      const problem = listProblem(setting, name, operation);
      if (problem !== null)
        return { ok: false, refusal: { error: ErrorCode.INVALID_CONFIG, message: problem } };
      continue;
    }
    const parsed = parseSetting(setting, value!);
    if (!parsed.ok) return { ok: false, refusal: invalidRequest(invalidValue(name, value!, parsed.problem)) };
  }
  return { ok: true, edit: editOf(ops, unset, brokerSetting) };
}

/**
 * What is wrong with all that would be set on a broker, or on all, seen together with what this broker was started with.
 * @param dynamicConfigs as they would be
 */
export function brokerConfigsProblem(
  given: BrokerSettings,
  dynamicConfigs: { readonly broker: Configs; readonly allBrokers: Configs },
): string | undefined {
  for (const [name, value] of [...dynamicConfigs.broker, ...dynamicConfigs.allBrokers]) {
    const setting = brokerSetting(name);
    if (setting === undefined) continue;
    const parsed = parseSetting(setting, value);
    if (!parsed.ok) return invalidValue(name, value, parsed.problem);
  }
  const { settings } = withDynamicSettings(given, dynamicConfigs);
  return crossProblems(settings.byName)[0];
}

function unknownOverTheWire(name: string): string {
  const lacking = lackingBrokerSetting(name);
  return lacking
    ? `Millrace does not have Kafka's setting ${name}: ${lacking.reason}.`
    : unknownBrokerSetting(name);
}

function invalidValue(name: string, value: string, problem: string): string {
  return `Invalid value ${value} for configuration ${name}: ${problem}`;
}

function listProblem(setting: Setting | undefined, name: string, operation: number): string | null {
  if (setting?.type === 'list') return null;
  const verb = operation === ConfigOperation.APPEND ? 'APPEND' : 'SUBTRACT';
  return `Can't ${verb} to key ${name} because its type is not LIST.`;
}

function editOf(
  ops: readonly ConfigOp[],
  unset: 'others' | 'named',
  settingOf: (name: string) => Setting | undefined,
): ConfigEdit {
  const set = new Map<string, string>();
  const lists: ListEdit[] = [];
  const deleted: string[] = [];
  for (const { name, operation, value } of ops) {
    if (operation === ConfigOperation.SET) set.set(name, value!);
    else if (operation === ConfigOperation.DELETE) deleted.push(name);
    else {
      const elements = value!.split(',').map((element) => element.trim());
      const isAppend = operation === ConfigOperation.APPEND;
      lists.push({
        name,
        add: isAppend ? elements : [],
        remove: isAppend ? [] : elements,
        whenUnset: settingOf(name)!.default as readonly string[],
      });
    }
  }
  return { set, unset: unset === 'others' ? 'others' : deleted, lists };
}

function invalidRequest(message: string): EditRefusal {
  return { error: ErrorCode.INVALID_REQUEST, message };
}
