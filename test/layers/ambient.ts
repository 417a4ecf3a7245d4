import { builtinModules } from 'node:module';
import { importsOf } from './imports.js';
import {
  children,
  descendants,
  identifierName,
  isFunction,
  isNode,
  memberName,
  place,
  type Node,
  type SourceFile,
} from './syntax.js';

/** Node's modules that neither wait, nor look at the world, nor draw a number. FORBIDDEN_EXPORTS looks closer. */
const HARMLESS_MODULES = new Set([
  'assert',
  'buffer',
  'crypto',
  'events',
  'module',
  'os',
  'path',
  'path/posix',
  'string_decoder',
  'url',
  'util',
  'zlib',
]);

/** Globals that stand for a clock, a disk, a network or dice, and what to ask instead. */
const FORBIDDEN_GLOBALS: ReadonlyMap<string, string> = new Map([
  ['performance', 'ports.clock.monotonic()'],
  ['setTimeout', 'ports.clock.setTimer()'],
  ['setInterval', 'ports.clock.setTimer()'],
  ['setImmediate', 'ports.clock.setTimer() or queueMicrotask()'],
  ['crypto', 'ports.entropy'],
  ['fetch', 'ports.net'],
  ['WebSocket', 'ports.net'],
  ['WeakRef', 'reference counts'],
  ['FinalizationRegistry', 'reference counts'],
  ['Intl', 'an order and a format that no locale changes'],
]);

/** Members of globals, likewise. */
const FORBIDDEN_MEMBERS: ReadonlyMap<string, string> = new Map([
  ['Date.now', 'ports.clock.now()'],
  ['Math.random', 'ports.entropy.random()'],
  ['process.env', 'a setting, read at the entry point'],
  ['process.argv', 'a setting, read at the entry point'],
  ['process.hrtime', 'ports.clock.monotonic()'],
  ['process.uptime', 'ports.clock.monotonic()'],
  ['process.cwd', 'a setting, read at the entry point'],
]);

const FORBIDDEN_METHODS: ReadonlyMap<string, string> = new Map([
  ['localeCompare', 'a comparison by code unit'],
  ['toLocaleString', 'a format that no locale changes'],
  ['toLocaleDateString', 'a format that no locale changes'],
  ['toLocaleTimeString', 'a format that no locale changes'],
]);

type Say = (node: Node, what: string, instead: string) => void;

/** A sentence for each use of the world that goes past the ports. */
export function ambientUses(file: SourceFile): string[] {
  const sentences: string[] = [];
  const say: Say = (node, what, instead) => {
    sentences.push(`${place(file, node)}: ${what}; use ${instead}`);
  };
  const imported = new Map<string, string>();

  for (const { specifier, typeOnly, node } of importsOf(file)) {
    const module = specifier.replace(/^node:/, '');
    if (typeOnly || !(specifier.startsWith('node:') || builtinModules.includes(specifier))) continue;
    if (!HARMLESS_MODULES.has(module)) say(node, `imports ${specifier}`, 'what ports/ offers');
    for (const each of (node['specifiers'] ?? []) as Node[]) {
      const name = identifierName(each['imported']);
      const local = identifierName(each['local']);
      if (name === undefined) {
        if (local !== undefined) imported.set(local, module);
      } else checkExport(module, name, node, say);
    }
  }

  walkFree(file.program, new Set(), (node, free) => {
    const member = memberName(node);
    const object = identifierName(node['object']);
    if (member !== undefined && object !== undefined) {
      const instead = free(object) ? FORBIDDEN_MEMBERS.get(`${object}.${member}`) : undefined;
      if (instead !== undefined) say(node, `uses ${object}.${member}`, instead);
      const module = imported.get(object);
      if (module !== undefined) checkExport(module, member, node, say);
      if (object === 'globalThis' && FORBIDDEN_GLOBALS.has(member))
        say(node, `uses globalThis.${member}`, FORBIDDEN_GLOBALS.get(member) ?? '');
    }
    if (member !== undefined && FORBIDDEN_METHODS.has(member))
      say(node, `calls ${member}`, FORBIDDEN_METHODS.get(member) ?? '');
    if (
      node.type === 'NewExpression' &&
      identifierName(node['callee']) === 'Date' &&
      (node['arguments'] as unknown[]).length === 0
    ) {
      say(node, 'calls new Date() without a time', 'ports.clock.now()');
    }
    if (node.type === 'CallExpression' && identifierName(node['callee']) === 'Date' && free('Date')) {
      say(node, 'calls Date()', 'ports.clock.now()');
    }
    const name = identifierName(node);
    if (name !== undefined && free(name) && FORBIDDEN_GLOBALS.has(name))
      say(node, `uses ${name}`, FORBIDDEN_GLOBALS.get(name) ?? '');
  });
  return sentences;
}

/** What of a harmless module is not harmless after all. */
const FORBIDDEN_EXPORTS: readonly {
  readonly module: string;
  readonly names: RegExp;
  readonly instead: string;
}[] = [
  {
    module: 'crypto',
    names: /^(random|getRandom|webcrypto|generateKey|generatePrime)/,
    instead: 'ports.entropy',
  },
  { module: 'crypto', names: /^(pbkdf2|scrypt|hkdf)$/, instead: 'ports.offload: it ends in any order' },
  {
    module: 'zlib',
    names: /^(create.*|((g|un|gun)zip|(de|in)flate(Raw)?|(brotli|zstd)(C|Dec)ompress))$/,
    instead: 'its Sync form or ports.offload: it ends in any order',
  },
  { module: 'os', names: /^(?!constants$)/, instead: 'a setting, read at the entry point' },
];

function checkExport(module: string, name: string, node: Node, say: Say): void {
  for (const each of FORBIDDEN_EXPORTS) {
    if (each.module === module && each.names.test(name))
      say(node, `takes ${name} of node:${module}`, each.instead);
  }
}

/**
 * Visits every node that is read as a value, with a function that tells whether a name there means the global one.
 * Names of properties, of declarations and of types are not visited.
 */
function walkFree(
  node: Node,
  shadowed: ReadonlySet<string>,
  visit: (node: Node, free: (name: string) => boolean) => void,
): void {
  const inner =
    isFunction(node) || node.type === 'Program' ? new Set([...shadowed, ...declaredNames(node)]) : shadowed;
  visit(node, (name) => !inner.has(name));
  for (const [field, child] of children(node)) {
    if (child.type.startsWith('TS') && !/Expression$|ParameterProperty$/.test(child.type)) continue;
    const isName =
      (field === 'property' && node['computed'] !== true) ||
      (field === 'key' && node['computed'] !== true) ||
      (['id', 'local', 'imported', 'exported', 'label'].includes(field) && child.type === 'Identifier');
    if (!isName) walkFree(child, inner, visit);
  }
}

/** Names that a function or a module declares: parameters, and everything outside nested functions. */
function declaredNames(scope: Node): Set<string> {
  const names = new Set<string>();
  const collect = (pattern: unknown): void => {
    if (!isNode(pattern)) return;
    const name = identifierName(pattern);
    if (name !== undefined) names.add(name);
    else if (pattern.type === 'Property') collect(pattern['value']);
    else if (pattern.type === 'AssignmentPattern') collect(pattern['left']);
    else for (const [, child] of children(pattern)) collect(child);
  };
  const declare = (node: Node): void => {
    if (node.type === 'VariableDeclarator') collect(node['id']);
    else if (node.type === 'CatchClause') collect(node['param']);
    else if (node.type.endsWith('Declaration') && isNode(node['id'])) collect(node['id']);
    else if (node.type.startsWith('Import') && isNode(node['local'])) collect(node['local']);
    for (const [, child] of children(node)) {
      if (!isFunction(child)) declare(child);
      else if (child.type === 'FunctionDeclaration') collect(child['id']);
    }
  };
  for (const parameter of (scope['params'] ?? []) as unknown[]) collect(parameter);
  declare(scope);
  return names;
}

/** A sentence for each await that would make the package impossible to `require`. */
export function topLevelAwaits(file: SourceFile): string[] {
  const sentences: string[] = [];
  const walk = (node: Node): void => {
    if (isFunction(node)) return;
    // A class body runs at the top level only in its static parts, where `await` is a syntax error.
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'] === true)) {
      sentences.push(`${place(file, node)}: top-level await: the package could not be loaded by require()`);
    }
    for (const [, child] of children(node)) walk(child);
  };
  walk(file.program);
  return sentences;
}

const MUTATING_METHODS = new Set([
  'set',
  'add',
  'delete',
  'clear',
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'copyWithin',
]);

/**
 * A sentence for each piece of state that lives in a module and not in an object: `let`, a static field that is not
 * readonly, and a collection that some function changes. Filling a table while the module loads is no state.
 */
export function moduleState(file: SourceFile): string[] {
  const sentences: string[] = [];
  const constants = new Set<string>();
  for (const statement of file.program['body'] as Node[]) {
    const declaration =
      statement.type === 'ExportNamedDeclaration' && isNode(statement['declaration'])
        ? statement['declaration']
        : statement;
    if (declaration.type !== 'VariableDeclaration' || declaration['declare'] === true) continue;
    if (declaration['kind'] !== 'const') {
      sentences.push(
        `${place(file, declaration)}: a module-level ${String(declaration['kind'])} is state that a restarted broker would inherit`,
      );
    }
    for (const each of declaration['declarations'] as Node[]) {
      const name = identifierName(each['id']);
      if (name !== undefined) constants.add(name);
    }
  }
  for (const node of descendants(file.program)) {
    if (node.type === 'PropertyDefinition' && node['static'] === true && node['readonly'] !== true) {
      sentences.push(`${place(file, node)}: a static field that is not readonly is module-level state`);
    }
    if (node.type === 'ClassDeclaration') {
      const name = identifierName(node['id']);
      if (name !== undefined) constants.add(name);
    }
  }
  const walk = (node: Node, shadowed: ReadonlySet<string>, insideFunction: boolean): void => {
    const entered = isFunction(node);
    const inner = entered ? new Set([...shadowed, ...declaredNames(node)]) : shadowed;
    const changed = insideFunction || entered ? changedName(node) : undefined;
    if (changed !== undefined && constants.has(changed) && !inner.has(changed)) {
      sentences.push(
        `${place(file, node)}: a function changes ${changed}, which belongs to the module: put it into an object`,
      );
    }
    for (const [, child] of children(node)) walk(child, inner, insideFunction || entered);
  };
  walk(file.program, new Set(), false);
  return sentences;
}

/** `table` of `table.push(x)`, `table[1] = x`, `table.count++`, `Table.cache.set(…)` and `delete table.x`. */
function changedName(node: Node): string | undefined {
  const callee = node['callee'];
  if (node.type === 'CallExpression' && isNode(callee) && MUTATING_METHODS.has(memberName(callee) ?? ''))
    return rootName(callee['object']);
  const target =
    node.type === 'AssignmentExpression'
      ? node['left']
      : node.type === 'UpdateExpression'
        ? node['argument']
        : undefined;
  if (isNode(target) && target.type === 'MemberExpression') return rootName(target['object']);
  const removed = node['argument'];
  if (node.type === 'UnaryExpression' && node['operator'] === 'delete' && isNode(removed))
    return rootName(removed['object']);
  return undefined;
}

function rootName(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  return value.type === 'MemberExpression' ? rootName(value['object']) : identifierName(value);
}
