/** The command line as a whole, with streams of the test's own: what is refused, with which code, before anything is touched. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { completionTree } from '../../../src/cli/completions/tree.js';
import { declareAll, runProgram } from '../../../src/cli/program.js';
import { schemaPath } from './served.js';
import { testWorld } from './test-world.js';

/** Commands whose output is a script. */
const NO_DATA: readonly string[] = ['completions'];

function placesOf(program: Command): string[] {
  return completionTree(program).map(({ place }) => place);
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
    ['topc', EXIT.usage, /Did you mean topic\?/],
    ['topic alter t', EXIT.usage, /there is nothing to change/],
    ['topic alter t -c a=1 --unset a', EXIT.usage, /a is to be set and unset/],
    ['topic trim t', EXIT.usage, /it takes one of --before-offset, --before-time and --all/],
    ['topic trim t --all --before-time 2026-01-01', EXIT.usage, /it takes one of/],
    ['topic trim t --before-offset 5', EXIT.usage, /--before-offset takes partition:offset/],
    ['topic trim t --before-time soon', EXIT.usage, /--before-time takes a time, not soon/],
    ['group reset-offsets g --topic t', EXIT.usage, /where to is missing/],
    ['group reset-offsets g --topic t --to-earliest --to-latest', EXIT.usage, /more than one place/],
    ['group reset-offsets g --to-earliest', EXIT.usage, /does not say which partitions/],
    ['group reset-offsets g --to-earliest --topic t --all-topics', EXIT.usage, /exclude each other/],
    ['group reset-offsets g --topic t --by-duration 1h', EXIT.usage, /--by-duration takes a length of time/],
    [
      'group reset-offsets g --topic t:x --to-latest',
      EXIT.usage,
      /--topic takes a topic, or one with partitions/,
    ],
    ['group reset-offsets g --topic t --to-offset -1', EXIT.usage, /--to-offset takes/],
    ['group reset-offsets g --from-file nope.csv', EXIT.failed, /cannot read nope.csv: ENOENT/],
    [
      'group reset-offsets g --from-file offsets.csv',
      EXIT.failed,
      /offsets.csv:1: "orders,0" is not topic,partition,offset/,
    ],
    ['group delete', EXIT.usage, /missing required argument 'group'/],
    ['group delete-offsets g', EXIT.usage, /required option '--topic/],
    ['config set retention.ms', EXIT.usage, /config set takes name=value/],
    ['config set a=1 a=2 --topic t', EXIT.usage, /a is named twice/],
    ['config list --topic t --defaults', EXIT.usage, /exclude each other/],
    ['config', EXIT.usage, /Usage: millrace config/],
    ['cluster health --free-min 101', EXIT.usage, /--free-min takes a whole number from 0 to 100/],
    ['log dump', EXIT.usage, /missing required argument 'path'/],
    ['log dump nope', EXIT.notFound, /there is no \/home\/me\/nope/],
    ['log dump x --value-format xml', EXIT.usage, /--value-format takes text or hex/],
    ['log verify nope', EXIT.notFound, /there is no \/home\/me\/nope/],
    ['completions csh', EXIT.usage, /completions takes bash or zsh or fish, not csh/],
    ['topic list -b 127.0.0.1:1', EXIT.failed, /Is the broker running/],
    ['cluster info -b 127.0.0.1:1', EXIT.failed, /Is the broker running/],
  ])('millrace %s → %i', async (line, exitCode, said) => {
    const {
      world: own,
      stderr,
      stdout,
    } = testWorld({
      files: { '/home/me/bad.properties': 'foo=bar\n', '/home/me/offsets.csv': 'orders,0\n' },
    });
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
      const { world: own, stdout, stderr } = testWorld();
      expect(await runProgram(line.split(' '), own), line).toBe(EXIT.ok);
      expect(stdout(), line).not.toBe('');
      expect(stderr(), line).toBe('');
    }
  });

  test('every command teaches with examples, which it understands', async () => {
    const program = new Command('millrace');
    await declareAll(program, testWorld().world);
    for (const { place, subcommands } of completionTree(program)) {
      const { world, stdout } = testWorld();
      expect(await runProgram([...place.split(' ').filter(Boolean), '--help'], world)).toBe(EXIT.ok);
      const help = stdout();
      expect(help, place).toContain('Examples:');
      expect(help, place).not.toMatch(/undefined|\[object/);
      // What an example begins with is a command that exists.
      for (const [, line] of help.matchAll(/^ {2}(?:\w.* \| )?millrace ([a-z -]+)/gm)) {
        const words = line!.split(' ').filter((word) => /^[a-z-]+$/.test(word));
        expect(placesOf(program), `${place}: ${line}`).toContain(
          placesOf(program).findLast((each) => each !== '' && words.join(' ').startsWith(each)) ?? line,
        );
      }
      if (subcommands.length > 0) continue;
      const schema = place.replace(' ', '-');
      if (NO_DATA.includes(place)) expect(help, place).not.toContain('--format');
      else expect(existsSync(schemaPath(schema)), `docs/schemas/${schema}.json`).toBe(true);
    }
  });

  test('every schema is named in the guide, and the guide names no other', () => {
    const folder = new URL('../../../docs/schemas/', import.meta.url);
    const guide = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) expect(guide).toContain(`(schemas/${file})`);
    for (const [, file] of guide.matchAll(/\(schemas\/([^)]+)\)/g)) expect(files).toContain(file);
  });

  test('errors are JSON where answers are', async () => {
    const { world: own, stderr } = testWorld();
    expect(await runProgram(['start', '--format', 'json', '-o', 'foo=1'], own)).toBe(EXIT.failed);
    expect(JSON.parse(stderr())).toMatchObject({ error: { code: 'CONFIG_INVALID' } });
  });
});
