/** The script for zsh: the same walk over the words as in bash, with what each thing does beside it. */
import { kindOf, quoted, valueFunction } from './shell-text.js';
import type { CompletedCommand } from './tree.js';

export function zshScript(tree: readonly CompletedCommand[]): string {
  return `#compdef millrace
# zsh completion for millrace. In a directory of $fpath:  millrace completions zsh > _millrace
# or in ~/.zshrc, behind compinit:  source <(millrace completions zsh)

${valueFunction(tree)}
# The subcommands at a place, with what they do. Sets reply.
_millrace_subcommands() {
  case "$1" in
${tree.flatMap(subcommandCases).join('\n')}
    *) reply=() ;;
  esac
}

# The options at a place. Sets reply.
_millrace_options() {
  case "$1" in
${tree.map(optionListCase).join('\n')}
    *) reply=() ;;
  esac
}

# The argument at a place: place, how many came before. Sets REPLY.
_millrace_argument() {
  case "$1 $2" in
${tree.flatMap(argumentCases).join('\n')}
    *) REPLY='' ;;
  esac
}

_millrace_kind() {
  local -a names
  case "$1" in
    choices:*) names=(\${(s: :)1#choices:}); compadd -- $names ;;
    topics|groups)
      names=("\${(@f)$(\${(Q)words[1]} __complete $1 -- "\${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
      compadd -- \${names:#} ;;
    files) _files ;;
    directories) _files -/ ;;
  esac
}

_millrace() {
  local place='' expects='' word REPLY
  local -a reply names
  local -i position=0 at
  for (( at = 2; at < CURRENT; at++ )); do
    word=\${words[at]}
    if [[ -n $expects ]]; then expects=''; continue; fi
    if [[ $word == -* ]]; then _millrace_value "$place" "$word"; expects=$REPLY; continue; fi
    _millrace_subcommands "$place"
    names=("\${(@)reply%%:*}")
    if (( \${names[(Ie)$word]} )); then place="\${place:+$place }$word"; else position+=1; fi
  done
  word=\${words[CURRENT]}
  if [[ -n $expects && ( $expects != optional:* || $word != -* ) ]]; then
    _millrace_kind "\${expects#optional:}"
  elif [[ $word == --*=* ]]; then
    _millrace_value "$place" "\${word%%=*}"
    compset -P '*='
    _millrace_kind "\${REPLY#optional:}"
  elif [[ $word == -* ]]; then
    _millrace_options "$place"
    _describe -o 'option' reply
  else
    _millrace_subcommands "$place"
    if (( \${#reply} )); then
      _describe 'command' reply
    else
      _millrace_argument "$place" "$position"
      _millrace_kind "$REPLY"
    fi
  fi
}

if [[ \${funcstack[1]} == _millrace ]]; then _millrace "$@"; else compdef _millrace millrace; fi
`;
}

function subcommandCases({ place, subcommands }: CompletedCommand): string[] {
  if (subcommands.length === 0) return [];
  const described = subcommands.map(({ name, summary }) => quoted(`${name}:${escaped(summary)}`));
  return [`    ${quoted(place)}) reply=(${described.join(' ')}) ;;`];
}

function optionListCase({ place, options }: CompletedCommand): string {
  const described = options.flatMap(({ names, summary }) =>
    names.map((name) => quoted(`${name}:${escaped(summary)}`)),
  );
  return `    ${quoted(place)}) reply=(${described.join(' ')}) ;;`;
}

function argumentCases({ place, arguments: own, isVariadic }: CompletedCommand): string[] {
  return own.map((each, at) => {
    const rest = isVariadic && at === own.length - 1 ? `|${quoted(`${place} `)}<->` : '';
    return `    ${quoted(`${place} ${at}`)}${rest}) REPLY=${quoted(kindOf(each))} ;;`;
  });
}

/** For `_describe`, where a colon ends the name. */
function escaped(summary: string): string {
  return summary.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
}
