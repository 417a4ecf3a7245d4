/**
 * The completion scripts, run by the shells they are for. In the place of `millrace` stands a program that knows two topics and two groups, one
 * of them with a name that a careless script would execute, and that writes down how it was called.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runLine, serve } from './served.js';

let home: string;
const scriptOf = (shell: string): string => join(home, `millrace.${shell}`);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'millrace-completions-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await runLine(`completions ${shell}`);
    expect(code).toBe(0);
    writeFileSync(scriptOf(shell), stdout);
  }
  writeFileSync(
    join(home, 'millrace'),
    `#!/bin/sh
echo "$*" >> '${home}/calls'
case "$2" in
  topics) printf 'orders\\norders-archive\\nflights\\n' ;;
  groups) printf 'billing\\n$(touch ${home}/executed)\\n' ;;
esac
`,
  );
  chmodSync(join(home, 'millrace'), 0o755);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function run(
  shell: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string[] {
  const path = `${home}:${process.env['PATH'] ?? ''}`;
  const ended = spawnSync(shell, args, {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, PATH: path, HOME: home, ...environment },
  });
  expect(ended.stderr).toBe('');
  return ended.stdout.split('\n').filter((line) => line !== '');
}

/** What bash would offer for a line with the cursor at its end. */
function bash(line: string): string[] {
  const program = `source "$SCRIPT"; COMP_LINE=$LINE COMP_POINT=\${#LINE}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run('bash', ['--norc', '-c', program], { SCRIPT: scriptOf('bash'), LINE: line });
}

/** The same of zsh, whose own functions are replaced by ones that print: outside of its line editor they refuse to work. */
function zsh(line: string): string[] {
  const program = `
compdef() { : }
compadd() { shift; print -l -- "$@" }
compset() { : }
_files() { print files }
_describe() { [[ $1 == -o ]] && shift; print -l -- "\${(@P)2}" }
source "$SCRIPT"
words=("\${(z)LINE}"); [[ $LINE == *' ' ]] && words+=('')
CURRENT=\${#words}
_millrace`;
  const found = run('zsh', ['-f', '-c', program], { SCRIPT: scriptOf('zsh'), LINE: line });
  const typed = line.split(' ').at(-1)!;
  const start = typed.startsWith('--') && typed.includes('=') ? typed.slice(typed.indexOf('=') + 1) : typed;
  return found.filter((each) => each.startsWith(start)).map((each) => each.replace(/([^\\]):.*$/, '$1'));
}

function fish(line: string): string[] {
  const program = 'source $SCRIPT; complete -C "$LINE"';
  return run('fish', ['--no-config', '-c', program], { SCRIPT: scriptOf('fish'), LINE: line }).map(
    (each) => each.split('\t')[0]!,
  );
}

const LINES: readonly [line: string, expected: readonly string[]][] = [
  ['millrace to', ['topic']],
  ['millrace topic ', ['create', 'list', 'describe', 'alter', 'trim', 'delete']],
  ['millrace topic tr', ['trim']],
  ['millrace topic describe ', ['orders', 'orders-archive', 'flights']],
  ['millrace topic describe ord', ['orders', 'orders-archive']],
  ['millrace topic describe -b 10.0.0.1:9092 fl', ['flights']],
  ['millrace topic list --format ', ['text', 'json']],
  ['millrace topic list --format j', ['json']],
  ['millrace topic trim orders --exe', ['--execute']],
  ['millrace group reset-offsets billing --topic f', ['flights']],
  ['millrace group describe b', ['billing']],
  ['millrace produce fl', ['flights']],
  ['millrace produce flights --codec z', ['zstd']],
  ['millrace log dump --decode o', ['offsets']],
  ['millrace completions f', ['fish']],
  ['millrace config list --topic fli', ['flights']],
];

const COMPLETE = { bash, zsh, fish };
/** Every machine of ours has bash; the suite `completions` of test:all asks for the others, too. */
const SHELLS = (process.env['SHELLS'] ?? 'bash').split(',') as (keyof typeof COMPLETE)[];

describe.each(SHELLS)('%s', (shell) => {
  const complete = COMPLETE[shell];

  test.each(LINES)('%s', (line, expected) => {
    expect(complete(line).sort()).toEqual([...expected].sort());
  });

  test('offers every command, and nothing that is hidden', () => {
    const offered = complete('millrace ');
    expect(offered).toEqual(
      expect.arrayContaining(['start', 'topic', 'produce', 'consume', 'group', 'config', 'cluster', 'log']),
    );
    expect(offered).not.toContain('__complete');
  });

  test('asks the broker of the line', () => {
    rmSync(join(home, 'calls'), { force: true });
    complete('millrace topic describe -b 10.0.0.1:9092 ');
    expect(readFileSync(join(home, 'calls'), 'utf8')).toMatch(
      /^__complete topics -- topic describe -b 10\.0\.0\.1:9092 *\n/,
    );
  });

  test('never executes a name', () => {
    complete('millrace group describe ');
    expect(existsSync(join(home, 'executed'))).toBe(false);
  });
});

describe('bash', () => {
  test('values behind =, and behind colons', () => {
    expect(bash('millrace topic list --format=j')).toEqual(['json']);
    expect(bash('millrace group describe ')).toContain(`\\$\\(touch\\ ${home}/executed\\)`);
  });

  test('files and directories', () => {
    writeFileSync(join(home, 'a file.txt'), '');
    expect(bash('millrace produce flights a')).toEqual(['a\\ file.txt']);
    expect(bash('millrace log verify a')).toEqual([]);
  });
});

test('names come from the broker that the words name', async () => {
  const broker = await serve();
  try {
    await broker.json('topic create flights');
    const { stdout, code } = await runLine(
      `__complete topics -- topic describe --bootstrap=${broker.bootstrap} fl`,
    );
    expect([stdout, code]).toEqual(['flights\n', 0]);
    const short = await runLine(`__complete topics -- topic describe -b ${broker.bootstrap} --help`);
    expect(short.stdout).toBe('flights\n');
    expect((await runLine(`__complete groups -- group describe -b ${broker.bootstrap}`)).stdout).toBe('');
  } finally {
    await broker.stop();
  }
});
