/** `millrace completions`: a script that teaches a shell what can be typed. */
import { Argument, type Command } from 'commander';
import { examples } from '../help-text.js';
import { oneOf } from '../usage.js';
import type { World } from '../world.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function declareCompletions(command: Command, world: World): void {
  command
    .addArgument(new Argument('<shell>').choices(SHELLS).argParser(oneOf('completions', SHELLS)))
    .addHelpText(
      'after',
      examples(
        [
          ['eval "$(millrace completions bash)"', 'in ~/.bashrc'],
          ['source <(millrace completions zsh)', 'in ~/.zshrc, behind compinit'],
          ['millrace completions fish > ~/.config/fish/completions/millrace.fish', 'once'],
        ],
        'Names of topics and groups are asked of the broker that the line names with --bootstrap, or of 127.0.0.1:9092.',
      ),
    )
    .action(async (shell: Shell) => {
      const { completionTree } = await import('../completions/tree.js');
      const tree = completionTree(command.parent ?? command);
      world.stdout.write((await writerOf(shell))(tree));
    });
}

async function writerOf(shell: Shell) {
  switch (shell) {
    case 'bash':
      return (await import('../completions/bash.js')).bashScript;
    case 'zsh':
      return (await import('../completions/zsh.js')).zshScript;
    case 'fish':
      return (await import('../completions/fish.js')).fishScript;
  }
}
