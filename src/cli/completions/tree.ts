/** What can be typed, read off the commands themselves: the one source of all completion scripts. */
import type { Argument, Command, Option } from 'commander';

/** What may stand in a place. `any`: nobody knows but the person who types. */
export type Completion =
  | { readonly kind: 'choices'; readonly values: readonly string[] }
  | { readonly kind: 'topics' | 'groups' | 'files' | 'directories' | 'any' };

export interface CompletedOption {
  /** `-b`, `--bootstrap`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Null: a flag. */
  readonly value: Completion | null;
  /** The value may be left out. */
  readonly isValueOptional: boolean;
}

export interface CompletedCommand {
  /** `topic create`; empty for the program itself. */
  readonly place: string;
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
  /** By position. */
  readonly arguments: readonly Completion[];
  /** The last of them may be given again and again. */
  readonly isVariadic: boolean;
}

/** The program and all that is below it, outer ones first. */
export function completionTree(program: Command): CompletedCommand[] {
  return below(program, '');
}

function below(command: Command, place: string): CompletedCommand[] {
  // That every command has a `help` below it is worth a word once.
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => place === '' || command.commands.includes(each));
  const own: CompletedCommand = {
    place,
    subcommands: visible.map((each) => ({ name: each.name(), summary: each.description() })),
    options: command.createHelp().visibleOptions(command).map(completedOption),
    arguments: command.registeredArguments.map(completedArgument),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
  };
  const inner = visible.filter((each) => command.commands.includes(each));
  return [
    own,
    ...inner.flatMap((each) => below(each, place === '' ? each.name() : `${place} ${each.name()}`)),
  ];
}

function completedOption(option: Option): CompletedOption {
  const placeholder = /[<[]([^>\]]+)/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    summary: option.description,
    value: placeholder === undefined ? null : completionOf(placeholder, option.argChoices),
    // `<topic[:partitions]>` has a bracket, too, and is not optional.
    isValueOptional: option.optional && !option.required,
  };
}

function completedArgument(argument: Argument): Completion {
  return completionOf(argument.name(), argument.argChoices);
}

/** By what stands for it in `--help`: `<topic>` is a topic there and here. */
function completionOf(placeholder: string, choices: readonly string[] | undefined): Completion {
  if (choices !== undefined) return { kind: 'choices', values: choices };
  switch (placeholder.replace(/\[.*$/, '')) {
    case 'topic':
      return { kind: 'topics' };
    case 'group':
      return { kind: 'groups' };
    case 'file':
    case 'path':
      return { kind: 'files' };
    case 'dir':
      return { kind: 'directories' };
    default:
      return { kind: 'any' };
  }
}
