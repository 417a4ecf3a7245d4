/**
 * `meta.properties`: in each log directory, the file that says whose it is. Kafka's name, format and keys (version 1, KIP-858's
 * directory.id included), so that its tools can read it.
 *
 *     cluster.id=5L6g3nShT-eMCtK--X86sw
 *     directory.id=B3Qf9hVnRq6mhyJmL0uWkw
 *     node.id=1
 *     version=1
 */
import { systemErrorCode, UserError } from '../base/errors.js';
import type { BrokerId, Uuid } from '../base/ids.js';
import type { Disk } from '../ports/disk.js';
import type { Entropy } from '../ports/entropy.js';
import { writeFileDurably } from './durable-file.js';
import { isUuid, randomUuid } from './uuid.js';

export const META_PROPERTIES_FILE = 'meta.properties';

const VERSION = 1;
/** Ours has some 100 bytes. */
const FILE_BYTES_MAX = 64 * 1024;

export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: BrokerId;
  readonly directoryId: Uuid;
}

/**
 * Undefined when there is no such file, or no such directory.
 * @param directory absolute
 * @throws UserError META_PROPERTIES_NEWER, META_PROPERTIES_INVALID
 */
export async function readMetaProperties(disk: Disk, directory: string): Promise<MetaProperties | undefined> {
  const path = `${directory}/${META_PROPERTIES_FILE}`;
  try {
    return parseMetaProperties(path, await disk.readFile(path));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export interface LogDirectoryOwner {
  readonly clusterId: string;
  readonly nodeId: BrokerId;
}

/**
 * The file of a log directory of ours, made if the directory is new, that is, holds nothing but `ownNames`.
 * @param directory absolute, and there
 * @param ownNames what the broker itself puts there before it asks: its lock, its metadata
 * @throws UserError META_PROPERTIES_MISSING, META_PROPERTIES_NEWER, META_PROPERTIES_INVALID, WRONG_CLUSTER, WRONG_NODE
 */
export async function claimLogDirectory(
  ports: { readonly disk: Disk; readonly entropy: Entropy },
  directory: string,
  owner: LogDirectoryOwner,
  ownNames: readonly string[],
): Promise<MetaProperties> {
  const found = await readMetaProperties(ports.disk, directory);
  if (found !== undefined) {
    mustBelongTo(owner, found, directory);
    return found;
  }
  const names = (await ports.disk.list(directory)).map(({ name }) => name);
  const foreign = names.filter((name) => !ownNames.includes(name) && !isHarmless(name));
  if (foreign.length > 0) throw missing(directory, foreign);
  const made: MetaProperties = { ...owner, directoryId: randomUuid(ports.entropy) };
  await writeFileDurably(ports.disk, `${directory}/${META_PROPERTIES_FILE}`, formatMetaProperties(made));
  return made;
}

/** What a file system or an earlier, unfinished attempt of ours leaves in a directory that is empty otherwise. */
function isHarmless(name: string): boolean {
  return name === 'lost+found' || name === `${META_PROPERTIES_FILE}.tmp` || name.startsWith('.');
}

function mustBelongTo(owner: LogDirectoryOwner, found: MetaProperties, directory: string): void {
  if (found.clusterId !== owner.clusterId) {
    throw new UserError(
      'WRONG_CLUSTER',
      `${directory} belongs to the cluster ${found.clusterId}, and this broker to the cluster ${owner.clusterId}`,
      'give each cluster directories of its own; to start afresh, move this one away',
    );
  }
  if (found.nodeId !== owner.nodeId) {
    throw new UserError(
      'WRONG_NODE',
      `${directory} belongs to the broker ${found.nodeId}, and this is the broker ${owner.nodeId}`,
      `set node.id=${found.nodeId}, or give this broker a directory of its own`,
    );
  }
}

function missing(directory: string, foreign: readonly string[]): UserError {
  const shown = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? ', …' : '');
  return new UserError(
    'META_PROPERTIES_MISSING',
    `${directory} is not empty (${shown}) and has no ${META_PROPERTIES_FILE}, so nobody knows whose it is`,
    `use an empty directory; or, if these are this broker's logs, put their ${META_PROPERTIES_FILE} back`,
  );
}

export function formatMetaProperties({ clusterId, directoryId, nodeId }: MetaProperties): Buffer {
  const lines = [
    `cluster.id=${escape(clusterId)}`,
    `directory.id=${directoryId}`,
    `node.id=${nodeId}`,
    `version=${VERSION}`,
  ];
  return Buffer.from(`#\n${lines.join('\n')}\n`);
}

/** @throws UserError META_PROPERTIES_NEWER, META_PROPERTIES_INVALID */
export function parseMetaProperties(path: string, content: Buffer): MetaProperties {
  const invalid = (why: string): UserError =>
    new UserError('META_PROPERTIES_INVALID', `${path}: ${why}`, 'put the file back as the broker wrote it');
  if (content.length > FILE_BYTES_MAX) throw invalid(`it has ${content.length} bytes, far too many`);
  const properties = parseProperties(content.toString('utf8'));
  const required = (name: string): string => {
    const value = properties.get(name);
    if (value === undefined || value === '') throw invalid(`${name} is missing`);
    return value;
  };

  const version = required('version');
  if (!/^\d{1,9}$/.test(version)) throw invalid(`version=${version} is no number`);
  if (Number(version) > VERSION) {
    throw new UserError(
      'META_PROPERTIES_NEWER',
      `${path} has version ${version}; this version of Millrace reads version ${VERSION}`,
      'run the version of Millrace that wrote it, or a newer one; nothing has been changed',
    );
  }
  if (Number(version) < VERSION)
    throw invalid(`version=${version} is that of a broker with ZooKeeper, which we do not read`);
  const nodeId = required('node.id');
  if (!/^\d{1,9}$/.test(nodeId)) throw invalid(`node.id=${nodeId} is no broker id`);
  const directoryId = required('directory.id');
  if (!isUuid(directoryId)) throw invalid(`directory.id=${directoryId} is no id`);
  return { clusterId: required('cluster.id'), nodeId: Number(nodeId), directoryId };
}

/** As much of Java's format as such a file uses: comments, `=` or `:` between, backslash before a character. */
function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^((?:[^\s=:#!\\]|\\.)(?:[^\s=:\\]|\\.)*)\s*[=:]?(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) properties.set(unescape(name), unescape(value.trim()));
  }
  return properties;
}

function escape(value: string): string {
  return value.replaceAll(/[\\=:#!]/g, '\\$&');
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}
