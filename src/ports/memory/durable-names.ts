import { applyTo, DirectoryNode, FileNode, type NameChange, type Slot, type TreeNode } from './name-tree.js';
import type { PowerLoss } from './power-loss.js';

/** A change of names that no syncDir has covered. */
interface PendingChange<Content> {
  /** Counts all changes of the volume. */
  readonly number: number;
  readonly change: NameChange<Content>;
  /** Changes that this one builds on: it cannot be found without them. */
  readonly needs: readonly PendingChange<Content>[];
  durable: boolean;
}

/**
 * The names that a device holds, beside those that programs see. A change becomes durable by a syncDir of a directory it touches; a power loss
 * keeps or drops each of the others, whole and on its own, as POSIX allows and journals rarely show. Only this is sure: a change
 * is not found without the earlier ones of the same names, and directories do not move into each other.
 */
export class DurableNames<Content> {
  readonly #root: DirectoryNode<Content>;
  readonly #names = new Map<DirectoryNode<Content>, Map<string, TreeNode<Content>>>();
  /** In order. */
  #pending: PendingChange<Content>[] = [];
  readonly #lastOf = new Map<DirectoryNode<Content>, Map<string, PendingChange<Content>>>();
  #changes = 0;
  #lastDirectoryMove: PendingChange<Content> | undefined;

  /** @param root all that is in it is durable */
  constructor(root: DirectoryNode<Content>) {
    this.#root = root;
    this.#adopt(root);
  }

  changed(change: NameChange<Content>): void {
    const needs: PendingChange<Content>[] = [];
    const need = (earlier: PendingChange<Content> | undefined): void => {
      if (earlier !== undefined && !earlier.durable) needs.push(earlier);
    };
    const pending: PendingChange<Content> = { number: this.#changes++, change, needs, durable: false };
    for (const slot of slotsOf(change)) {
      const last = this.#lastIn(slot.directory);
      need(last.get(slot.name));
      last.set(slot.name, pending);
    }
    if (change.kind === 'rename' && change.node.kind === 'directory') {
      need(this.#lastDirectoryMove);
      this.#lastDirectoryMove = pending;
    }
    this.#pending.push(pending);
  }

  /** What a syncDir that begins now can cover; for `sync` when it ends. */
  get mark(): number {
    return this.#changes;
  }

  sync(directory: DirectoryNode<Content>, mark: number): void {
    const covered = new Set<PendingChange<Content>>();
    for (const each of this.#pending) {
      const touches = slotsOf(each.change).some((slot) => slot.directory === directory);
      if (touches && each.number < mark) cover(each, covered);
    }
    this.#pending = this.#pending.filter((each) => {
      if (!covered.has(each)) return true;
      this.#found(each);
      return false;
    });
  }

  /** The tree as found after a power loss; `survivor` makes the content of a file that has a name in it. */
  survivors(loss: PowerLoss, survivor: (content: Content) => Content): DirectoryNode<Content> {
    for (const pending of this.#pending) {
      const found = pending.needs.every((each) => each.durable) && loss.fate() === 'kept';
      if (found) this.#found(pending);
      else countLost(pending.change, loss);
    }
    return this.#copyOf(this.#root, survivor);
  }

  #found(pending: PendingChange<Content>): void {
    pending.durable = true;
    applyTo((directory) => this.#namesOf(directory), pending.change);
  }

  #copyOf(
    directory: DirectoryNode<Content>,
    survivor: (content: Content) => Content,
  ): DirectoryNode<Content> {
    const copy = new DirectoryNode<Content>();
    for (const [name, node] of this.#namesOf(directory)) {
      const found =
        node.kind === 'directory' ? this.#copyOf(node, survivor) : new FileNode(survivor(node.content));
      copy.names.set(name, found);
    }
    return copy;
  }

  #adopt(directory: DirectoryNode<Content>): void {
    this.#names.set(directory, new Map(directory.names));
    for (const node of directory.names.values()) if (node.kind === 'directory') this.#adopt(node);
  }

  #namesOf(directory: DirectoryNode<Content>): Map<string, TreeNode<Content>> {
    let names = this.#names.get(directory);
    if (names === undefined) {
      names = new Map();
      this.#names.set(directory, names);
    }
    return names;
  }

  #lastIn(directory: DirectoryNode<Content>): Map<string, PendingChange<Content>> {
    let last = this.#lastOf.get(directory);
    if (last === undefined) {
      last = new Map();
      this.#lastOf.set(directory, last);
    }
    return last;
  }
}

function slotsOf<Content>(change: NameChange<Content>): Slot<Content>[] {
  return change.kind === 'rename' ? [change.from, change.at] : [change.at];
}

function cover<Content>(pending: PendingChange<Content>, covered: Set<PendingChange<Content>>): void {
  if (covered.has(pending)) return;
  covered.add(pending);
  for (const earlier of pending.needs) if (!earlier.durable) cover(earlier, covered);
}

function countLost<Content>(change: NameChange<Content>, loss: PowerLoss): void {
  switch (change.kind) {
    case 'create':
      loss.counters.lostNames++;
      return;
    case 'rename':
      loss.counters.undoneRenames++;
      return;
    case 'remove':
      loss.counters.undoneRemoves++;
  }
}
