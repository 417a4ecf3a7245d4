/** What else a file written for Kafka may say for the same thing: other names of a setting, and listeners of controllers. */

interface Spelling {
  readonly name: string;
  readonly convert?: (raw: string) => string;
}

/** Of several given, the setting's own name counts, then the one that stands first here. */
export const SPELLINGS: Readonly<Record<string, Spelling>> = {
  'broker.id': { name: 'node.id' },
  'log.dir': { name: 'log.dirs' },
  'log.retention.minutes': { name: 'log.retention.ms', convert: (raw) => times(raw, 60_000) },
  'log.retention.hours': { name: 'log.retention.ms', convert: (raw) => times(raw, 3_600_000) },
  'log.roll.hours': { name: 'log.roll.ms', convert: (raw) => times(raw, 3_600_000) },
};

/** −1 stays −1; what is no number is left for the parser to refuse. */
function times(raw: string, factor: number): string {
  const value = Number(raw);
  return Number.isSafeInteger(value) && value >= 0 ? String(value * factor) : raw;
}

/** The name among those given that counts instead of `written`. */
export function betterSpelling(written: string, given: ReadonlyMap<string, string>): string | undefined {
  const name = SPELLINGS[written]?.name;
  if (name === undefined) return undefined;
  const names = [name, ...Object.keys(SPELLINGS).filter((other) => SPELLINGS[other]!.name === name)];
  return names.slice(0, names.indexOf(written)).find((other) => given.has(other));
}

/**
 * Kafka's own server.properties has a listener for its controllers beside that for clients. Here controllers do not talk over the network:
 * those that `controller.listener.names` names are left out, which is said where that setting is said to have no effect.
 */
export function withoutControllerListeners(raw: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const controllers = raw.get('controller.listener.names')?.toUpperCase().split(',') ?? [];
  const names = new Set(controllers.map((name) => name.trim()));
  const cleaned = new Map(raw);
  for (const setting of ['listeners', 'advertised.listeners']) {
    const others = raw
      .get(setting)
      ?.split(',')
      .filter((listener) => !names.has(listener.trim().toUpperCase().split('://')[0]!));
    if (others && others.length > 0) cleaned.set(setting, others.join(','));
  }
  return cleaned;
}
