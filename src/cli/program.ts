/**
 * The command line: which command is meant, and what its end means for the exit code. Only the command that is called is loaded,
 * so that `start` pays for no table and `topic` for no broker.
 */
import { Command, CommanderError } from 'commander';
import { UserError } from '../base/errors.js';
import { version } from '../base/version.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { examples } from './help-text.js';
import type { World } from './world.js';

/** Gives a command its arguments, options and action. */
export type Declare = (command: Command, world: World) => void;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Not for people. */
  readonly isHidden?: boolean;
  readonly load: () => Promise<Declare>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'run a broker',
    load: async () => (await import('./commands/start.js')).declareStart,
  },
  {
    name: 'topic',
    summary: 'make, list, describe, change, trim and delete topics',
    load: async () => (await import('./commands/topic.js')).declareTopic,
  },
  {
    name: 'produce',
    summary: 'send lines of files or stdin as records',
    load: async () => (await import('./commands/produce.js')).declareProduce,
  },
  {
    name: 'consume',
    summary: 'print records',
    load: async () => (await import('./commands/consume.js')).declareConsume,
  },
  {
    name: 'group',
    summary: 'list, describe, reset and delete consumer groups',
    load: async () => (await import('./commands/group.js')).declareGroup,
  },
  {
    name: 'config',
    summary: 'show and change settings of topics and brokers',
    load: async () => (await import('./commands/config.js')).declareConfig,
  },
  {
    name: 'cluster',
    summary: 'what a cluster is made of, and whether it is well',
    load: async () => (await import('./commands/cluster.js')).declareCluster,
  },
  {
    name: 'log',
    summary: 'look into the files of a broker',
    load: async () => (await import('./commands/log.js')).declareLog,
  },
  {
    name: 'completions',
    summary: 'completion for bash, zsh or fish',
    load: async () => (await import('./commands/completions.js')).declareCompletions,
  },
  {
    name: '__complete',
    summary: 'names of topics or groups, for the completion scripts',
    isHidden: true,
    load: async () => (await import('./commands/complete.js')).declareComplete,
  },
];

/** These speak of all commands, so all are loaded. */
const NEED_ALL: readonly string[] = ['help', 'completions'];

const EXAMPLES = examples(
  [
    ['millrace start', 'a broker on 127.0.0.1:9092'],
    ['echo hello | millrace produce greetings', 'a first record'],
    ['millrace consume greetings', 'and back'],
    ['millrace cluster health -b kafka1:9092', 'of any Kafka cluster'],
    ['millrace topic --help', 'what there is to do with topics, with examples'],
  ],
  `Exit codes: ${EXIT.ok} done, ${EXIT.failed} refused, not reachable or not well, ${EXIT.usage} wrong usage, ${EXIT.notFound} no such topic, group or path.\nColours only on a terminal; NO_COLOR=1 turns them off, FORCE_COLOR=1 on.`,
);

/** Runs the command that `words` (without node and script) call, and resolves to the exit code. */
export async function runProgram(words: readonly string[], world: World): Promise<number> {
  try {
    await (await programFor(words, world)).parseAsync(words, { from: 'user' });
    return world.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const told = asUserError(error);
    if (!told) throw error;
    world.stderr.write(describeError(told, wantsJson(words)));
    return exitCodeOf(told);
  }
}

async function programFor(words: readonly string[], world: World): Promise<Command> {
  const program = new Command('millrace')
    .description(
      'A Kafka-compatible event log: one broker, and the tools to talk to it or to any Kafka cluster.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
    })
    .showHelpAfterError('(--help shows how it is used)')
    .addHelpText('after', EXAMPLES);
  const [first = ''] = words;
  for (const entry of COMMANDS) {
    const command = declare(entry, program);
    if (entry.name === first || NEED_ALL.includes(first)) (await entry.load())(command, world);
  }
  return program;
}

/** Every command that people see, with all that is below it. */
export async function declareAll(program: Command, world: World): Promise<void> {
  for (const entry of COMMANDS) {
    if (!entry.isHidden) (await entry.load())(declare(entry, program), world);
  }
}

function declare({ name, summary, isHidden = false }: CommandEntry, program: Command): Command {
  return program.command(name, { hidden: isHidden }).description(summary);
}

/** Errors that a person can act on, or has to live with. Undefined: a bug of ours. */
function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  // By name: `start` has no use for the client, and should not load it for the sake of this.
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'KafkaError')
    return new UserError((error as { errorName?: string }).errorName ?? '', error.message);
  if (error.name === 'ConnectionLost')
    return new UserError('CONNECTION_LOST', error.message, 'Is the broker still running?');
  return undefined;
}

/** Looked for by hand: the error may come before the options are read, or be about them. */
function wantsJson(words: readonly string[]): boolean {
  return words.some(
    (word, at) => word === '--format=json' || (word === '--format' && words[at + 1] === 'json'),
  );
}

function describeError(error: UserError, json: boolean): string {
  const { code, message, hint } = error;
  if (json) return `${JSON.stringify({ error: { code, message, hint } })}\n`;
  return hint === undefined ? `millrace: ${message}\n` : `millrace: ${message}\n${hint}\n`;
}
