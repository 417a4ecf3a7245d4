/** `millrace __complete topics|groups -- words…`: a name a line, for the completion scripts. The words are those typed so far. */
import { Argument, type Command } from 'commander';
import type { Address } from '../../ports/net.js';
import { addresses, DEFAULT_BOOTSTRAP } from '../client-options.js';
import type { World } from '../world.js';

const KINDS = ['topics', 'groups'] as const;
type Kind = (typeof KINDS)[number];

export function declareComplete(command: Command, world: World): void {
  command
    .helpOption(false)
    .addArgument(new Argument('<kind>').choices(KINDS))
    .argument('[word...]')
    .action(async (kind: Kind, words: string[]) => {
      const { namesOf } = await import('../completions/names.js');
      for (const name of await namesOf(kind, bootstrapIn(words))) world.stdout.write(`${name}\n`);
    });
}

/** What a half-typed line says of whom to ask. @throws UserError USAGE */
function bootstrapIn(words: readonly string[]): readonly Address[] {
  for (const [at, word] of words.entries()) {
    const value = /^(?:--bootstrap=|-b=?)(.+)$/.exec(word)?.[1];
    if (value !== undefined) return addresses(value);
    const next = words[at + 1];
    if ((word === '-b' || word === '--bootstrap') && next !== undefined) return addresses(next);
  }
  return DEFAULT_BOOTSTRAP;
}
