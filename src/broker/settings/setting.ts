/**
 * One declaration per setting: its name (Kafka's where Kafka has it), type, default, bounds and what it does.
 * Files, flags, CreateTopics and DescribeConfigs all read this one table, so that no name is accepted in one place
 * and unknown in another.
 */
export type SettingType = 'boolean' | 'int' | 'long' | 'string' | 'list';
export type SettingValue = boolean | number | string | readonly string[];

/**
 * How a setting of the broker may change (KIP-226). `read-only`: in its file or flags, at a start. `cluster-wide`: while it runs, on one
 * broker or for all. Kafka has a third way, per broker alone, for listeners and their keys; ours need a start.
 */
export type UpdateMode = 'read-only' | 'cluster-wide';

export interface Setting<Value extends SettingValue = SettingValue> {
  readonly name: string;
  readonly type: SettingType;
  readonly default: Value;
  /** Inclusive. */
  readonly min?: number;
  readonly max?: number;
  /** Within the bounds, and yet no value. */
  readonly except?: number;
  /** For strings and each element of lists. */
  readonly oneOf?: readonly string[];
  readonly doc: string;
  /** Of a broker's setting; a topic's can always be changed. */
  readonly update: UpdateMode;
  /** Read from a file that others may read: never shown by DescribeConfigs. */
  readonly sensitive?: boolean;
}

type Numeric = { min?: number; max?: number; except?: number };

export function int(name: string, value: number, doc: string, bounds: Numeric = {}): Setting<number> {
  return {
    name,
    type: 'int',
    default: value,
    min: -0x80000000,
    max: 0x7fffffff,
    doc,
    update: 'read-only',
    ...bounds,
  };
}

export function long(name: string, value: number, doc: string, bounds: Numeric = {}): Setting<number> {
  return {
    name,
    type: 'long',
    default: value,
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
    doc,
    update: 'read-only',
    ...bounds,
  };
}

export function boolean(name: string, value: boolean, doc: string): Setting<boolean> {
  return { name, type: 'boolean', default: value, doc, update: 'read-only' };
}

export function text(name: string, value: string, doc: string): Setting<string> {
  return { name, type: 'string', default: value, doc, update: 'read-only' };
}

export function choice<const Of extends readonly string[]>(
  name: string,
  oneOf: Of,
  value: Of[number],
  doc: string,
): Setting<Of[number]> {
  return { name, type: 'string', default: value, oneOf, doc, update: 'read-only' };
}

export function list(
  name: string,
  value: readonly string[],
  doc: string,
  oneOf?: readonly string[],
): Setting<readonly string[]> {
  return { name, type: 'list', default: value, doc, update: 'read-only', ...(oneOf && { oneOf }) };
}

/** The same setting, and what reads it takes the new value without a restart. */
export function dynamic<Value extends SettingValue>(setting: Setting<Value>): Setting<Value> {
  return { ...setting, update: 'cluster-wide' };
}

export type Parsed<Value> = { ok: true; value: Value } | { ok: false; problem: string };

/** `problem` completes the sentence "Invalid value X for configuration NAME: …", as Kafka words it for its users. */
export function parseSetting<Value extends SettingValue>(
  setting: Setting<Value>,
  raw: string,
): Parsed<Value> {
  const parsed = parseAs(setting, raw.trim());
  return parsed as Parsed<Value>;
}

function parseAs(setting: Setting, raw: string): Parsed<SettingValue> {
  switch (setting.type) {
    case 'boolean':
      if (/^true$/i.test(raw)) return { ok: true, value: true };
      if (/^false$/i.test(raw)) return { ok: true, value: false };
      return { ok: false, problem: 'expected true or false' };
    case 'int':
    case 'long':
      return parseNumber(setting, raw);
    case 'string':
      if (setting.oneOf && !setting.oneOf.includes(raw)) {
        return { ok: false, problem: `expected one of ${setting.oneOf.join(', ')}` };
      }
      return { ok: true, value: raw };
    case 'list': {
      const value = raw === '' ? [] : raw.split(',').map((part) => part.trim());
      const stranger = value.find((part) => part === '' || (setting.oneOf && !setting.oneOf.includes(part)));
      if (stranger === undefined) return { ok: true, value };
      if (stranger === '') return { ok: false, problem: 'an element of the list is empty' };
      return { ok: false, problem: `expected a comma-separated list of ${setting.oneOf?.join(', ')}` };
    }
  }
}

function parseNumber(setting: Setting, raw: string): Parsed<number> {
  if (!/^[+-]?\d+$/.test(raw)) return { ok: false, problem: 'expected a whole number' };
  const value = Number(raw);
  // Java's Long.MAX_VALUE is how people write "without limit"; it does not fit a number, and no clock reaches 2^53.
  const clamped =
    setting.type === 'long' && value > Number.MAX_SAFE_INTEGER && BigInt(raw) <= 9223372036854775807n
      ? Number.MAX_SAFE_INTEGER
      : value;
  if (setting.min !== undefined && clamped < setting.min) {
    return { ok: false, problem: `the value must be at least ${setting.min}` };
  }
  if (setting.max !== undefined && clamped > setting.max) {
    return { ok: false, problem: `the value must be at most ${setting.max}` };
  }
  if (clamped === setting.except) return { ok: false, problem: `the value must not be ${clamped}` };
  return { ok: true, value: clamped };
}

/** The text form that DescribeConfigs and files carry. */
export function formatSetting(value: SettingValue): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}
