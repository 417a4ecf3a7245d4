import { posix } from 'node:path';
import { descendants, identifierName, isNode, place, type Node, type SourceFile } from './syntax.js';
import { BROKER_SIDE, LAYERS, MAY_RE_EXPORT, isListed, layerOf } from './layer-table.js';

/** One `import`, `export … from`, `import()`, `require()` or `import('…').Type` of a file. */
export interface Import {
  readonly file: SourceFile;
  readonly node: Node;
  /** As written. */
  readonly specifier: string;
  /** From the root for a relative specifier, with `.ts` for `.js`; undefined for a package. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  readonly reExport: boolean;
}

export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const node of descendants(file.program)) {
    const source = sourceOf(node);
    if (source === undefined) continue;
    const relative = source.startsWith('.');
    const target = relative
      ? posix.join(posix.dirname(file.path), source).replace(/\.js$/, '.ts')
      : undefined;
    const kind = node['importKind'] ?? node['exportKind'];
    found.push({
      file,
      node,
      specifier: source,
      target,
      typeOnly: kind === 'type' || node.type === 'TSImportType' || hasOnlyTypes(node),
      reExport: node.type.startsWith('Export'),
    });
  }
  return found;
}

function sourceOf(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literal(node['source']);
    case 'TSExternalModuleReference':
      return literal(node['expression']);
    case 'CallExpression': {
      const [argument] = node['arguments'] as unknown[];
      return identifierName(node['callee']) === 'require' ? literal(argument) : undefined;
    }
    default:
      return undefined;
  }
}

function literal(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Literal' && typeof value['value'] === 'string') return value['value'];
  return value.type === 'TSLiteralType' ? literal(value['literal']) : undefined;
}

/** `import { type A, type B } from`: nothing but types, though the statement as a whole stays. */
function hasOnlyTypes(node: Node): boolean {
  const specifiers = (node['specifiers'] ?? []) as Node[];
  return (
    specifiers.length > 0 &&
    specifiers.every((each) => each['importKind'] === 'type' || each['exportKind'] === 'type')
  );
}

/** A sentence for each import that climbs, or that leads out of src/. */
export function climbingImports(imports: readonly Import[]): string[] {
  const sentences: string[] = [];
  for (const { file, node, specifier, target } of imports) {
    if (target === undefined) continue;
    const from = layerOf(file.path);
    const allowed = LAYERS[from];
    if (allowed === undefined) {
      sentences.push(
        `${place(file, node)}: the folder src/${from}/ has no row in the table of layers: give it one`,
      );
      continue;
    }
    if (!target.startsWith('src/')) {
      sentences.push(`${place(file, node)}: '${specifier}' leads out of src/`);
      continue;
    }
    const to = layerOf(target);
    if (to === from || allowed.includes(to)) continue;
    if (from === 'base')
      sentences.push(`${place(file, node)}: base imports '${specifier}', but base imports nothing`);
    else
      sentences.push(
        `${place(file, node)}: ${from} imports '${specifier}', but ${to} does not lie below ${from}`,
      );
  }
  return sentences;
}

/** A sentence for each path by which the package entry comes to the broker's side; the table should make it impossible. */
export function entryReachesBroker(imports: readonly Import[], entry: string): string[] {
  const bySource = groupByFile(imports);
  const cameFrom = new Map<string, string>();
  const queue = [entry];
  const sentences: string[] = [];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const { target } of bySource.get(path) ?? []) {
      if (target === undefined || target === entry || cameFrom.has(target)) continue;
      cameFrom.set(target, path);
      if (BROKER_SIDE.includes(layerOf(target))) {
        const steps = [target];
        for (let at = cameFrom.get(target); at !== undefined; at = cameFrom.get(at)) steps.unshift(at);
        sentences.push(`the package entry reaches the broker: ${steps.join(' → ')}`);
      } else queue.push(target);
    }
  }
  return sentences;
}

/** A sentence for each cycle of files; `import type` counts, since what cannot be understood alone is one file in two. */
export function importCycles(imports: readonly Import[]): string[] {
  const bySource = groupByFile(imports);
  const sentences: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      sentences.push(`import cycle: ${[...path.slice(at), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const { target } of bySource.get(file) ?? []) if (target !== undefined) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of bySource.keys()) visit(file);
  return sentences;
}

/** A sentence for each re-export outside the places that are made of them. */
export function drawers(imports: readonly Import[]): string[] {
  return imports
    .filter(({ file, reExport }) => reExport && !isListed(file.path, MAY_RE_EXPORT))
    .map(
      ({ file, node, specifier }) =>
        `${place(file, node)}: re-exports from '${specifier}': import it where it is defined`,
    );
}

function groupByFile(imports: readonly Import[]): Map<string, Import[]> {
  const groups = new Map<string, Import[]>();
  for (const each of imports) {
    const group = groups.get(each.file.path);
    if (group === undefined) groups.set(each.file.path, [each]);
    else group.push(each);
  }
  return groups;
}
