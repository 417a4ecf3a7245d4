/** The command line as a whole, with streams of the test's own: what is refused, with which code, before anything is touched. */
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { runProgram } from '../../../src/cli/program.js';
import type { Output, World } from '../../../src/cli/world.js';

function world(files: Readonly<Record<string, string>> = {}): {
  world: World;
  stdout: () => string;
  stderr: () => string;
} {
  const texts = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Output => ({
    isTerminal: false,
    closed: false,
    write: (chunk) => {
      texts[name] += chunk.toString();
      return true;
    },
    drained: () => Promise.resolve(),
    onClosed: () => {},
  });
  const missing = (path: string): Promise<never> =>
    Promise.reject(Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' }));
  return {
    world: {
      stdout: output('stdout'),
      stderr: output('stderr'),
      stdin: { name: 'stdin', sizeBytes: 0, isTerminal: false, chunks: async function* () {}, close() {} },
      pid: 1,
      invocation: 'millrace',
      resolvePath: (path) => `/home/me/${path}`,
      readText: (path) => (files[path] === undefined ? missing(path) : Promise.resolve(files[path])),
      openInput: missing,
      onSignal: () => () => {},
      exitNow: (code) => {
        throw new Error(`exit ${code}`);
      },
    },
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
  };
}

describe('the command line', () => {
  test.each<[string, number, RegExp]>([
    ['', EXIT.usage, /Usage: millrace/],
    ['nonsense', EXIT.usage, /unknown command 'nonsense'/],
    ['start --nonsense', EXIT.usage, /unknown option '--nonsense'/],
    ['start --port 70000', EXIT.usage, /--port takes a whole number from 0 to 65535, not 70000/],
    ['start --port', EXIT.usage, /argument missing/],
    ['start --memory --data x', EXIT.usage, /--memory keeps nothing on disk/],
    ['start --advertise nowhere', EXIT.usage, /--advertise takes host:port/],
    ['start --log-level loud', EXIT.usage, /--log-level takes debug or info/],
    ['start -o nope', EXIT.usage, /-o takes name=value/],
    [
      'start -o log.retention.msx=1',
      EXIT.failed,
      /Unknown configuration log.retention.msx. Did you mean log.retention.ms\?/,
    ],
    ['start -o num.partitions=many', EXIT.failed, /num.partitions: expected a whole number/],
    [
      'start --config nope.properties',
      EXIT.failed,
      /cannot read the settings in nope.properties: there is no such file/,
    ],
    ['start --config bad.properties', EXIT.failed, /in bad.properties: Unknown configuration foo/],
    ['topic', EXIT.usage, /Usage: millrace topic/],
    ['topic create', EXIT.usage, /missing required argument 'name'/],
    ['topic create a b', EXIT.usage, /too many arguments/],
    ['topic create a --partitions 0', EXIT.usage, /--partitions takes/],
    ['topic list --bootstrap nowhere', EXIT.usage, /--bootstrap takes host:port/],
    ['topic list --format xml', EXIT.usage, /--format takes text or json/],
    ['produce t --json --key-separator :', EXIT.usage, /--key-separator is for plain lines/],
    ['produce t --codec rar', EXIT.usage, /--codec takes none or gzip/],
    ['produce t nope.txt', EXIT.failed, /cannot read nope.txt: ENOENT/],
    ['consume t --from never', EXIT.usage, /--from takes/],
    ['consume t --group g --partition 1', EXIT.usage, /--partition has no meaning with --group/],
    ['consume t --group g --from 5', EXIT.usage, /--from takes beginning or end/],
    ['consume t -f %q', EXIT.usage, /has %q, which means nothing/],
    ['consume t -f %s --format json', EXIT.usage, /exclude each other/],
    ['consume t --count 0', EXIT.usage, /--count takes/],
  ])('millrace %s → %i', async (line, exitCode, said) => {
    const { world: own, stderr, stdout } = world({ '/home/me/bad.properties': 'foo=bar\n' });
    expect(await runProgram(line.split(' ').filter(Boolean), own)).toBe(exitCode);
    expect(stderr()).toMatch(said);
    expect(stderr()).not.toMatch(/^\s+at /m);
    expect(stdout()).toBe('');
  });

  test('help and version are answers, not errors', async () => {
    for (const line of [
      '--help',
      'start --help',
      'topic create --help',
      'help topic',
      'consume --help',
      '--version',
    ]) {
      const { world: own, stdout, stderr } = world();
      expect(await runProgram(line.split(' '), own), line).toBe(EXIT.ok);
      expect(stdout(), line).not.toBe('');
      expect(stderr(), line).toBe('');
    }
  });

  test('errors are JSON where answers are', async () => {
    const { world: own, stderr } = world();
    expect(await runProgram(['start', '--format', 'json', '-o', 'foo=1'], own)).toBe(EXIT.failed);
    expect(JSON.parse(stderr())).toMatchObject({ error: { code: 'CONFIG_INVALID' } });
  });
});
