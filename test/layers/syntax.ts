import { parseSync, visitorKeys } from 'oxc-parser';

/** A node of the syntax tree, seen loosely: the rules ask for the few fields they know. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
}

export function parse(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text, { sourceType: 'module' });
  const [first] = errors;
  if (first !== undefined) throw new SyntaxError(`${path}: ${first.message}`);
  return { path, text, program: program as unknown as Node };
}

export function lineOf(file: SourceFile, node: Node): number {
  let line = 1;
  for (let at = file.text.indexOf('\n'); at !== -1 && at < node.start; at = file.text.indexOf('\n', at + 1))
    line++;
  return line;
}

/** `src/a.ts:12`, which terminals and editors make a link of. */
export function place(file: SourceFile, node: Node): string {
  return `${file.path}:${lineOf(file, node)}`;
}

export function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** The node's children, with the name of the field each hangs on, in the order of the text. */
export function* children(node: Node): Generator<readonly [field: string, child: Node]> {
  for (const field of visitorKeys[node.type] ?? []) {
    const value = node[field];
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(child)) yield [field, child];
    }
  }
}

/** The node and all below it. */
export function* descendants(node: Node): Generator<Node> {
  yield node;
  for (const [, child] of children(node)) yield* descendants(child);
}

export function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

/** The name of an identifier, or undefined for anything else. */
export function identifierName(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' ? (value['name'] as string) : undefined;
}

/** `now` of `Date.now` and of `Date['now']`. */
export function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const property = node['property'];
  if (node['computed'] !== true) return identifierName(property);
  if (!isNode(property) || property.type !== 'Literal') return undefined;
  return typeof property['value'] === 'string' ? property['value'] : undefined;
}
