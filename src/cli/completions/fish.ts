/** The script for fish, which asks for conditions: at which place the line is decides what is offered. */
import type { CompletedCommand, CompletedOption, Completion } from './tree.js';

export function fishScript(tree: readonly CompletedCommand[]): string {
  const places = tree.map(({ place }) => place).filter((place) => place !== '');
  return `# fish completion for millrace.  millrace completions fish > ~/.config/fish/completions/millrace.fish

# The subcommand that the line has come to.
function __millrace_place
    set -l place ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        set -l deeper (string trim -- "$place $word")
        contains -- $deeper ${places.map(quoted).join(' ')}
        and set place $deeper
    end
    echo $place
end

function __millrace_at
    test (__millrace_place) = "$argv[1]"
end

# Names that the broker of this line knows.
function __millrace_names
    set -l words (commandline -opc)
    command $words[1] __complete $argv[1] -- $words[2..-1] 2>/dev/null
end

complete -c millrace -f
${tree.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ place, subcommands, options, arguments: own }: CompletedCommand): string[] {
  const at = `complete -c millrace -n ${quoted(`__millrace_at ${quoted(place)}`)}`;
  return [
    ...subcommands.map(({ name, summary }) => `${at} -a ${quoted(name)} -d ${quoted(summary)}`),
    ...options.map((option) => `${at}${namesOf(option)}${valueOf(option)} -d ${quoted(option.summary)}`),
    // Which of several arguments it is, fish leaves to the person: all that fit are offered.
    ...new Set(own.flatMap((each) => argumentOf(each)).map((offer) => `${at}${offer}`)),
  ];
}

function namesOf({ names }: CompletedOption): string {
  return names
    .map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`))
    .join('');
}

function valueOf({ value, isValueOptional }: CompletedOption): string {
  if (value === null || isValueOptional) return '';
  switch (value.kind) {
    case 'choices':
      return ` -xa ${quoted(value.values.join(' '))}`;
    case 'topics':
    case 'groups':
      return ` -xa ${quoted(`(__millrace_names ${value.kind})`)}`;
    case 'files':
      return ' -rF';
    case 'directories':
      return ` -xa '(__fish_complete_directories)'`;
    case 'any':
      return ' -x';
  }
}

function argumentOf(completion: Completion): string[] {
  switch (completion.kind) {
    case 'choices':
      return [` -a ${quoted(completion.values.join(' '))}`];
    case 'topics':
    case 'groups':
      return [` -a ${quoted(`(__millrace_names ${completion.kind})`)}`];
    case 'files':
      return [' -F'];
    case 'directories':
      return [` -a '(__fish_complete_directories)'`];
    case 'any':
      return [];
  }
}

/** In single quotes fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
