import { assert } from '../../base/assert.js';
import type { DirEntry } from '../disk.js';
import { systemError } from './system-error.js';

/** A directory, apart from the name it goes by. */
export class DirectoryNode<Content> {
  readonly kind = 'directory';
  readonly names = new Map<string, TreeNode<Content>>();
}

/** A file, apart from the name it goes by: it outlives its removal in those who have it open. */
export class FileNode<Content> {
  readonly kind = 'file';
  readonly content: Content;

  constructor(content: Content) {
    this.content = content;
  }
}

export type TreeNode<Content> = DirectoryNode<Content> | FileNode<Content>;

/** A place where a name can stand. */
export interface Slot<Content> {
  readonly directory: DirectoryNode<Content>;
  readonly name: string;
}

/** One change of names: all of it happens, or none. */
export type NameChange<Content> =
  | { readonly kind: 'create'; readonly at: Slot<Content>; readonly node: TreeNode<Content> }
  | { readonly kind: 'remove'; readonly at: Slot<Content> }
  | {
      readonly kind: 'rename';
      readonly from: Slot<Content>;
      readonly at: Slot<Content>;
      readonly node: TreeNode<Content>;
    };

/**
 * The names of a file system in memory, with a real one's rules and errors (Linux where systems differ). It knows nothing of what
 * a file holds but its size. `changed` hears of each change after it is made.
 */
export class NameTree<Content extends { readonly size: number }> {
  readonly root: DirectoryNode<Content>;
  readonly #changed: (change: NameChange<Content>) => void;

  constructor(
    changed: (change: NameChange<Content>) => void = () => {},
    root: DirectoryNode<Content> = new DirectoryNode(),
  ) {
    this.#changed = changed;
    this.root = root;
  }

  /** @param create makes the content of a file that is missing; without it that is ENOENT */
  openFile(path: string, create: (() => Content) | undefined): FileNode<Content> {
    const at = this.#slot(path, 'open');
    const found = at.directory.names.get(at.name);
    if (found?.kind === 'directory') throw systemError('EISDIR', 'open', path);
    if (found !== undefined) return found;
    if (create === undefined) throw systemError('ENOENT', 'open', path);
    const node = new FileNode(create());
    this.#make({ kind: 'create', at, node });
    return node;
  }

  directory(path: string, syscall: string): DirectoryNode<Content> {
    const found = this.find(path, syscall);
    if (found.kind === 'file') throw systemError('ENOTDIR', syscall, path);
    return found;
  }

  find(path: string, syscall: string): TreeNode<Content> {
    let node: TreeNode<Content> = this.root;
    for (const name of namesOf(path)) {
      if (node.kind === 'file') throw systemError('ENOTDIR', syscall, path);
      const next: TreeNode<Content> | undefined = node.names.get(name);
      if (next === undefined) throw systemError('ENOENT', syscall, path);
      node = next;
    }
    return node;
  }

  list(path: string): DirEntry[] {
    const entries: DirEntry[] = [];
    for (const [name, node] of this.directory(path, 'scandir').names) {
      entries.push({ name, kind: node.kind, size: node.kind === 'file' ? node.content.size : 0 });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  makeDir(path: string): void {
    let directory = this.root;
    const names = namesOf(path);
    for (const [depth, name] of names.entries()) {
      const found = directory.names.get(name);
      if (found?.kind === 'file') {
        throw systemError(depth === names.length - 1 ? 'EEXIST' : 'ENOTDIR', 'mkdir', path);
      }
      if (found === undefined) {
        const node = new DirectoryNode<Content>();
        this.#make({ kind: 'create', at: { directory, name }, node });
        directory = node;
      } else {
        directory = found;
      }
    }
  }

  rename(fromPath: string, toPath: string): void {
    const from = this.#slot(fromPath, 'rename');
    const node = from.directory.names.get(from.name);
    if (node === undefined) throw systemError('ENOENT', 'rename', fromPath);
    const at = this.#slot(toPath, 'rename');
    const replaced = at.directory.names.get(at.name);
    if (replaced === node) return;
    if (node.kind === 'directory' && holds(node, at.directory)) {
      throw systemError('EINVAL', 'rename', fromPath);
    }
    if (replaced?.kind === 'directory') {
      if (node.kind === 'file') throw systemError('EISDIR', 'rename', toPath);
      if (replaced.names.size > 0) throw systemError('ENOTEMPTY', 'rename', toPath);
    }
    if (replaced?.kind === 'file' && node.kind === 'directory') {
      throw systemError('ENOTDIR', 'rename', toPath);
    }
    this.#make({ kind: 'rename', from, at, node });
  }

  remove(path: string): void {
    const at = this.#slot(path, 'unlink');
    const found = at.directory.names.get(at.name);
    if (found === undefined) throw systemError('ENOENT', 'unlink', path);
    if (found.kind === 'directory') throw systemError('EISDIR', 'unlink', path);
    this.#make({ kind: 'remove', at });
  }

  /** As `rm -r` does: the inside first, one name after the other. */
  removeDir(path: string): void {
    let at: Slot<Content>;
    try {
      at = this.#slot(path, 'rm');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return;
      throw error;
    }
    const found = at.directory.names.get(at.name);
    if (found !== undefined) this.#removeAll(at, found);
  }

  /** Bytes in all files that have a name. */
  usedBytes(): number {
    let bytes = 0;
    for (const content of this.contents()) bytes += content.size;
    return bytes;
  }

  /** Of all files that have a name. */
  *contents(): Generator<Content> {
    const directories = [this.root];
    for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
      for (const node of next.names.values()) {
        if (node.kind === 'file') yield node.content;
        else directories.push(node);
      }
    }
  }

  #removeAll(at: Slot<Content>, node: TreeNode<Content>): void {
    if (node.kind === 'directory') {
      for (const [name, inner] of node.names) this.#removeAll({ directory: node, name }, inner);
    }
    this.#make({ kind: 'remove', at });
  }

  #make(change: NameChange<Content>): void {
    applyTo(namesIn, change);
    this.#changed(change);
  }

  #slot(path: string, syscall: string): Slot<Content> {
    const names = namesOf(path);
    const name = names.pop();
    assert(name !== undefined, 'the root is neither made nor removed nor renamed');
    let directory = this.root;
    for (const each of names) {
      const next = directory.names.get(each);
      if (next === undefined) throw systemError('ENOENT', syscall, path);
      if (next.kind === 'file') throw systemError('ENOTDIR', syscall, path);
      directory = next;
    }
    return { directory, name };
  }
}

/** Makes `change` in the names that `namesOf` gives for a directory. */
export function applyTo<Content>(
  namesOf: (directory: DirectoryNode<Content>) => Map<string, TreeNode<Content>>,
  change: NameChange<Content>,
): void {
  const { directory, name } = change.at;
  if (change.kind === 'remove') {
    namesOf(directory).delete(name);
    return;
  }
  if (change.kind === 'rename') namesOf(change.from.directory).delete(change.from.name);
  namesOf(directory).set(name, change.node);
}

function namesIn<Content>(directory: DirectoryNode<Content>): Map<string, TreeNode<Content>> {
  return directory.names;
}

function holds<Content>(directory: DirectoryNode<Content>, sought: DirectoryNode<Content>): boolean {
  if (directory === sought) return true;
  for (const node of directory.names.values()) {
    if (node.kind === 'directory' && holds(node, sought)) return true;
  }
  return false;
}

/** Both separators, so that what `node:path` joins on Windows is understood too; our own names hold neither. */
function namesOf(path: string): string[] {
  assert(/^([A-Za-z]:)?[\\/]/.test(path), `a path is absolute: ${path}`);
  const names = path.split(/[\\/]/).filter((name) => name !== '' && name !== '.');
  assert(!names.includes('..'), `a path is resolved: ${path}`);
  return names;
}
