/**
 * The script for bash, 3.2 (macOS) and newer, without the bash-completion package. It cuts the line itself: bash cuts it at colons as
 * well, of which addresses are full. Names that a broker gives are only ever compared and quoted, never evaluated.
 */
import { kindOf, quoted, valueFunction } from './shell-text.js';
import type { CompletedCommand } from './tree.js';

export function bashScript(tree: readonly CompletedCommand[]): string {
  return `# bash completion for millrace. In ~/.bashrc:  eval "$(millrace completions bash)"

${valueFunction(tree)}
# The subcommands at a place. Sets REPLY.
_millrace_subcommands() {
  case "$1" in
${tree.flatMap(subcommandCases).join('\n')}
    *) REPLY='' ;;
  esac
}

# The options at a place. Sets REPLY.
_millrace_options() {
  case "$1" in
${tree.map(optionListCase).join('\n')}
  esac
}

# The argument at a place: place, how many came before. Sets REPLY.
_millrace_argument() {
  case "$1 $2" in
${tree.flatMap(argumentCases).join('\n')}
    *) REPLY='' ;;
  esac
}

# Offers the lines of stdin that begin with $1.
_millrace_offer() {
  local name
  while IFS= read -r name; do
    if [[ -n $name && $name == "$1"* ]]; then COMPREPLY+=("$(printf '%q' "$name")"); fi
  done
}

# Offers what a kind stands for: kind, what is typed, the words before.
_millrace_kind() {
  local kind=$1 current=$2
  shift 2
  case "$kind" in
    choices:*) _millrace_offer "$current" < <(printf '%s\\n' \${kind#choices:}) ;;
    topics|groups) _millrace_offer "$current" < <("$1" __complete "$kind" -- "\${@:2}" 2>/dev/null) ;;
    files) compopt -o filenames 2>/dev/null; _millrace_offer "$current" < <(compgen -f -- "$current") ;;
    directories) compopt -o filenames 2>/dev/null; _millrace_offer "$current" < <(compgen -d -- "$current") ;;
  esac
}

_millrace() {
  local line=\${COMP_LINE:0:COMP_POINT} current='' place='' expects='' word REPLY
  local -a words
  local -i position=0
  COMPREPLY=()
  read -ra words <<< "$line"
  if [[ $line != *[[:space:]] ]]; then
    current=\${words[\${#words[@]}-1]}
    words=("\${words[@]:0:\${#words[@]}-1}")
  fi
  for word in "\${words[@]:1}"; do
    if [[ -n $expects ]]; then expects=''; continue; fi
    if [[ $word == -* ]]; then _millrace_value "$place" "$word"; expects=$REPLY; continue; fi
    _millrace_subcommands "$place"
    if [[ " $REPLY " == *" $word "* ]]; then place="\${place:+$place }$word"; else position+=1; fi
  done
  if [[ -n $expects && ( $expects != optional:* || $current != -* ) ]]; then
    _millrace_kind "\${expects#optional:}" "$current" "\${words[@]}"
  elif [[ $current == --*=* ]]; then
    _millrace_value "$place" "\${current%%=*}"
    current=\${current#*=}
    _millrace_kind "\${REPLY#optional:}" "$current" "\${words[@]}"
  elif [[ $current == -* ]]; then
    _millrace_options "$place"
    _millrace_kind "choices:$REPLY" "$current" "\${words[@]}"
  else
    _millrace_subcommands "$place"
    if [[ -n $REPLY ]]; then
      _millrace_kind "choices:$REPLY" "$current" "\${words[@]}"
    else
      _millrace_argument "$place" "$position"
      _millrace_kind "$REPLY" "$current" "\${words[@]}"
    fi
  fi
  # bash replaces what stands behind the last colon only.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before=\${current%"\${current##*:}"}
    local -i at
    for (( at = 0; at < \${#COMPREPLY[@]}; at++ )); do COMPREPLY[at]=\${COMPREPLY[at]#"$before"}; done
  fi
}

complete -F _millrace millrace
`;
}

function subcommandCases({ place, subcommands }: CompletedCommand): string[] {
  if (subcommands.length === 0) return [];
  return [`    ${quoted(place)}) REPLY=${quoted(subcommands.map(({ name }) => name).join(' '))} ;;`];
}

function optionListCase({ place, options }: CompletedCommand): string {
  return `    ${quoted(place)}) REPLY=${quoted(options.flatMap(({ names }) => names).join(' '))} ;;`;
}

function argumentCases({ place, arguments: own, isVariadic }: CompletedCommand): string[] {
  return own.map((each, at) => {
    const pattern = quoted(`${place} ${at}`);
    const rest = isVariadic && at === own.length - 1 ? `|${quoted(`${place} `)}*` : '';
    return `    ${pattern}${rest}) REPLY=${quoted(kindOf(each))} ;;`;
  });
}
