/**
 * Imports point down, and nobody reaches past the ports (ARCHITECTURE.md). The rules are in layers/; here they are held
 * against src/, and first against sources that break them, so that the test is known to be able to fail.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ambientUses, moduleState, topLevelAwaits } from './layers/ambient.js';
import { climbingImports, drawers, entryReachesBroker, importCycles, importsOf } from './layers/imports.js';
import { MAY_TOUCH_NODE, isListed } from './layers/layer-table.js';
import { parse, type SourceFile } from './layers/syntax.js';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

function sourceFiles(): SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && /\.[cm]?[jt]s$/.test(item.name))
    .map((item) => join(item.parentPath, item.name))
    .sort()
    .map((path) => parse(relative(ROOT, path).split(sep).join('/'), readFileSync(path, 'utf8')));
}

const isGenerated = (file: SourceFile): boolean => file.path.includes('/generated/');

describe('src/', () => {
  const files = sourceFiles();
  const written = files.filter((file) => !isGenerated(file));
  const imports = files.flatMap(importsOf);

  test('is read', () => {
    expect(files.map((file) => file.path)).toContain('src/base/assert.ts');
    expect(imports.length).toBeGreaterThan(0);
  });
  test('imports point down', () => expect(climbingImports(imports)).toEqual([]));
  test('has no import cycles', () => expect(importCycles(imports)).toEqual([]));
  test('the package entry never reaches the broker', () => {
    expect(entryReachesBroker(imports, 'src/index.ts')).toEqual([]);
  });
  test('has no drawers of re-exports', () =>
    expect(drawers(imports.filter((each) => !isGenerated(each.file)))).toEqual([]));
  test('touches the world only through ports', () => {
    expect(written.filter((file) => !isListed(file.path, MAY_TOUCH_NODE)).flatMap(ambientUses)).toEqual([]);
  });
  test('awaits nothing at the top level', () => expect(files.flatMap(topLevelAwaits)).toEqual([]));
  test('keeps no state in modules', () => expect(written.flatMap(moduleState)).toEqual([]));
});

describe('the rules can fail: imports', () => {
  const climbing: readonly [path: string, text: string, complaint: string][] = [
    [
      'src/base/a.ts',
      `import type { Clock } from '../ports/clock.js';`,
      `src/base/a.ts:1: base imports '../ports/clock.js', but base imports nothing`,
    ],
    [
      'src/ports/a.ts',
      `\nimport { x } from '../wire/x.js';`,
      `src/ports/a.ts:2: ports imports '../wire/x.js', but wire does not lie below ports`,
    ],
    [
      'src/ports/a.ts',
      `import { x } from '../metrics/x.js';`,
      `src/ports/a.ts:1: ports imports '../metrics/x.js', but metrics does not lie below ports`,
    ],
    [
      'src/log/a.ts',
      `const x = await import('../broker/x.js');`,
      `src/log/a.ts:1: log imports '../broker/x.js', but broker does not lie below log`,
    ],
    [
      'src/log/a.ts',
      `type X = import('../metadata/x.js').X;`,
      `src/log/a.ts:1: log imports '../metadata/x.js', but metadata does not lie below log`,
    ],
    [
      'src/client/a.ts',
      `export { x } from '../broker/x.js';`,
      `src/client/a.ts:1: client imports '../broker/x.js', but broker does not lie below client`,
    ],
    [
      'src/broker/handlers/a.ts',
      `import { x } from '../../client/x.js';`,
      `src/broker/handlers/a.ts:1: broker imports '../../client/x.js', but client does not lie below broker`,
    ],
    [
      'src/rpc/a.ts',
      `import { x } from '../log/x.js';`,
      `src/rpc/a.ts:1: rpc imports '../log/x.js', but log does not lie below rpc`,
    ],
    [
      'src/index.ts',
      `import { x } from './server/x.js';`,
      `src/index.ts:1: (package entry) imports './server/x.js', but server does not lie below (package entry)`,
    ],
    [
      'src/attic/a.ts',
      `import { x } from '../base/x.js';`,
      'src/attic/a.ts:1: the folder src/attic/ has no row in the table of layers: give it one',
    ],
    [
      'src/cli/a.ts',
      `import x from '../../package.json';`,
      `src/cli/a.ts:1: '../../package.json' leads out of src/`,
    ],
    [
      'src/wire/a.ts',
      `const x = require('../log/x.js');`,
      `src/wire/a.ts:1: wire imports '../log/x.js', but log does not lie below wire`,
    ],
  ];
  test.each(climbing)('%s: %s', (path, text, complaint) => {
    expect(climbingImports(importsOf(parse(path, text)))).toEqual([complaint]);
  });

  const level: readonly [path: string, text: string][] = [
    ['src/wire/a.ts', `import { x } from '../base/x.js'; import { y } from './messages/y.js';`],
    [
      'src/broker/a.ts',
      `import { x } from '../coordinator/group/x.js'; import { readFileSync } from 'node:fs';`,
    ],
    ['src/cli/a.ts', `import { x } from '../server/x.js'; const y = import('../client/y.js');`],
    ['src/replication/a.ts', `import { x } from '../rpc/x.js';`],
  ];
  test.each(level)('allowed in %s: %s', (path, text) => {
    expect(climbingImports(importsOf(parse(path, text)))).toEqual([]);
  });

  test('a cycle is told as a path', () => {
    const files = [
      parse('src/log/a.ts', `import type { B } from './b.js';`),
      parse('src/log/b.ts', `import { c } from './c.js';`),
      parse('src/log/c.ts', `import { a } from './a.js';`),
    ];
    expect(importCycles(files.flatMap(importsOf))).toEqual([
      'import cycle: src/log/a.ts → src/log/b.ts → src/log/c.ts → src/log/a.ts',
    ]);
  });

  test('the package entry is followed through what it imports', () => {
    const files = [
      parse('src/index.ts', `export { x } from './client/x.js';`),
      parse('src/client/x.ts', `import { y } from '../rpc/y.js';`),
      parse('src/rpc/y.ts', `const z = import('../server/z.js');`),
    ];
    expect(entryReachesBroker(files.flatMap(importsOf), 'src/index.ts')).toEqual([
      'the package entry reaches the broker: src/index.ts → src/client/x.ts → src/rpc/y.ts → src/server/z.ts',
    ]);
  });

  test('a drawer is found, the table of APIs is none', () => {
    const drawer = parse('src/log/index.ts', `export * from './segment.js';`);
    const table = parse('src/wire/messages/index.ts', `export * from './fetch.js';`);
    expect(drawers([drawer, table].flatMap(importsOf))).toEqual([
      `src/log/index.ts:1: re-exports from './segment.js': import it where it is defined`,
    ]);
  });
});

describe('the rules can fail: the world', () => {
  const uses: readonly [text: string, complaint: string][] = [
    ['const x = Date.now();', 'uses Date.now; use ports.clock.now()'],
    [`const x = Date['now']();`, 'uses Date.now; use ports.clock.now()'],
    ['const x = new Date();', 'calls new Date() without a time; use ports.clock.now()'],
    ['const x = Date();', 'calls Date(); use ports.clock.now()'],
    ['function f() { return performance.now(); }', 'uses performance; use ports.clock.monotonic()'],
    ['const x = process.hrtime.bigint();', 'uses process.hrtime; use ports.clock.monotonic()'],
    ['const x = Math.random();', 'uses Math.random; use ports.entropy.random()'],
    ['setTimeout(() => {}, 1);', 'uses setTimeout; use ports.clock.setTimer()'],
    ['const later = setInterval;', 'uses setInterval; use ports.clock.setTimer()'],
    [
      'globalThis.setImmediate(f);',
      'uses globalThis.setImmediate; use ports.clock.setTimer() or queueMicrotask()',
    ],
    ['const x = process.env.HOME;', 'uses process.env; use a setting, read at the entry point'],
    [
      'const { argv } = process; const x = process.argv;',
      'uses process.argv; use a setting, read at the entry point',
    ],
    ['const x = crypto.randomUUID();', 'uses crypto; use ports.entropy'],
    [`import { randomBytes } from 'node:crypto';`, 'takes randomBytes of node:crypto; use ports.entropy'],
    [
      `import * as c from 'crypto'; const x = c.randomInt(3);`,
      'takes randomInt of node:crypto; use ports.entropy',
    ],
    [`import { readFile } from 'node:fs/promises';`, 'imports node:fs/promises; use what ports/ offers'],
    [`import net from 'net';`, 'imports net; use what ports/ offers'],
    [`const dns = await import('node:dns');`, 'imports node:dns; use what ports/ offers'],
    [`import { Worker } from 'node:worker_threads';`, 'imports node:worker_threads; use what ports/ offers'],
    [`import { spawn } from 'node:child_process';`, 'imports node:child_process; use what ports/ offers'],
    [
      `import { gunzip } from 'node:zlib';`,
      'takes gunzip of node:zlib; use its Sync form or ports.offload: it ends in any order',
    ],
    [
      `import { cpus, constants } from 'node:os';`,
      'takes cpus of node:os; use a setting, read at the entry point',
    ],
    ['const x = a.localeCompare(b);', 'calls localeCompare; use a comparison by code unit'],
    ['const x = new WeakRef(a);', 'uses WeakRef; use reference counts'],
  ];
  test.each(uses)('%s', (text, complaint) => {
    expect(ambientUses(parse('src/log/a.ts', text))).toEqual([`src/log/a.ts:1: ${complaint}`]);
  });

  const harmless: readonly string[] = [
    'const x = new Date(1);',
    'const x = clock.now(); const y = Math.max(1, 2);',
    'function f(setTimeout: (ms: number) => void) { setTimeout(1); }',
    'const x = { setTimeout: 1, performance: 2 }; x.setTimeout; x.performance;',
    'interface Timers { setTimeout: number } class A { setTimeout(): void {} }',
    `import type { FileHandle } from 'node:fs/promises'; import { gzipSync, constants } from 'node:zlib';`,
    `import { createHash } from 'node:crypto'; import * as c from 'node:crypto'; c.createHash('sha1');`,
    'queueMicrotask(() => {}); const b = Buffer.alloc(4);',
    'const f = ({ crypto }: { crypto: Entropy }) => crypto.bytes(4);',
    'const x = process.platform;',
  ];
  test.each(harmless)('harmless: %s', (text) => expect(ambientUses(parse('src/log/a.ts', text))).toEqual([]));
});

describe('the rules can fail: modules', () => {
  const awaits: readonly [text: string, count: number][] = [
    [`const x = await import('x');`, 1],
    ['for await (const x of y) {}', 1],
    ['if (a) { await b; }', 1],
    ['async function f() { await g(); } const h = async () => await g();', 0],
    ['class A { async f() { for await (const x of y) await x; } }', 0],
  ];
  test.each(awaits)('top-level await: %s: %i', (text, count) => {
    expect(topLevelAwaits(parse('src/log/a.ts', text))).toHaveLength(count);
  });

  const state: readonly [text: string, complaint: string][] = [
    ['let x = 1;', 'a module-level let is state that a restarted broker would inherit'],
    ['export var x = 1;', 'a module-level var is state that a restarted broker would inherit'],
    ['class A { static count = 0; }', 'a static field that is not readonly is module-level state'],
    [
      'const cache = new Map(); function f() { cache.set(1, 2); }',
      'a function changes cache, which belongs to the module: put it into an object',
    ],
    [
      'const list: number[] = []; export const f = () => list.push(1);',
      'a function changes list, which belongs to the module: put it into an object',
    ],
    [
      'const seen = { count: 0 }; function f() { seen.count++; }',
      'a function changes seen, which belongs to the module: put it into an object',
    ],
    [
      'const table = new Uint8Array(4); class A { f() { table[1] = 2; } }',
      'a function changes table, which belongs to the module: put it into an object',
    ],
    [
      'class A { static readonly cache = new Map(); f() { A.cache.set(1, 2); } }',
      'a function changes A, which belongs to the module: put it into an object',
    ],
    [
      'const x = { y: 1 }; function f() { delete x.y; }',
      'a function changes x, which belongs to the module: put it into an object',
    ],
  ];
  test.each(state)('%s', (text, complaint) => {
    expect(moduleState(parse('src/log/a.ts', text))).toEqual([`src/log/a.ts:1: ${complaint}`]);
  });

  const stateless: readonly string[] = [
    'const table = new Uint32Array(256); for (let n = 0; n < 256; n++) table[n] = n;',
    'const names: ReadonlyMap<number, string> = new Map([[1, "a"]]); export const f = (n: number) => names.get(n);',
    'const list = [1]; function f(list: number[]) { list.push(1); }',
    'const list = [1]; function f() { const list: number[] = []; list.push(1); let n = 0; n++; }',
    'class A { static readonly limit = 3; count = 0; f() { this.count++; } }',
    'declare const flavour: unique symbol;',
  ];
  test.each(stateless)('no state: %s', (text) =>
    expect(moduleState(parse('src/log/a.ts', text))).toEqual([]),
  );
});
