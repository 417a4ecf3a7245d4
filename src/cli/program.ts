/**
 * The command line: which command is meant, and what its end means for the exit code. Only the command that is called is loaded,
 * so that `start` pays for no table and `topic` for no broker.
 */
import { Command, CommanderError } from 'commander';
import { UserError } from '../base/errors.js';
import { version } from '../base/version.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import type { World } from './world.js';

/** Gives a command its arguments, options and action. */
export type Declare = (command: Command, world: World) => void;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
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
    summary: 'make, list, describe and delete topics',
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
    summary: 'list and describe consumer groups',
    load: async () => (await import('./commands/group.js')).declareGroup,
  },
];

/** Runs the command that `words` (without node and script) call, and resolves to the exit code. */
export async function runProgram(words: readonly string[], world: World): Promise<number> {
  try {
    await (await programFor(words, world)).parseAsync(words, { from: 'user' });
    return EXIT.ok;
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
    .showHelpAfterError('(--help shows how it is used)');
  const called = COMMANDS.find(({ name }) => name === words[0]);
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).description(entry.summary);
    // `help topic` needs the rest of that command, and says so with its second word: then all are loaded.
    if (entry === called || words[0] === 'help') (await entry.load())(command, world);
  }
  return program;
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
