/** What the scripts for bash and zsh have in common, word for word. */
import type { CompletedCommand, Completion } from './tree.js';

export function valueFunction(tree: readonly CompletedCommand[]): string {
  return `# What may follow an option: place, option. Sets REPLY; empty for a flag.
_millrace_value() {
  case "$1 $2" in
${tree.flatMap(optionCases).join('\n')}
    *) REPLY='' ;;
  esac
}
`;
}

function optionCases({ place, options }: CompletedCommand): string[] {
  return options.flatMap(({ names, value, isValueOptional }) => {
    if (value === null) return [];
    const patterns = names.map((name) => quoted(`${place} ${name}`)).join('|');
    return [`    ${patterns}) REPLY=${quoted(`${isValueOptional ? 'optional:' : ''}${kindOf(value)}`)} ;;`];
  });
}

/** As `_millrace_kind` takes it. */
export function kindOf(completion: Completion): string {
  return completion.kind === 'choices' ? `choices:${completion.values.join(' ')}` : completion.kind;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
