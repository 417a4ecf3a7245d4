/** Frames that other people's clients and brokers exchanged: test/corpus/frames. The seeds that nobody would think of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiByKey } from '../../../src/wire/messages/index.js';

export interface CapturedFrame {
  readonly key: number;
  readonly version: number;
  readonly direction: 'request' | 'response';
  /** Without its size. */
  readonly frame: Buffer;
}

/** From the checkout's root, where the engine runs. */
const DIRECTORY = join('test', 'corpus', 'frames');
/** Beyond it a frame costs more time than it is worth. */
const FRAME_BYTES_MAX = 8 * 1024;

/** Those of declared APIs and versions, each once. */
export function capturedFrames(): CapturedFrame[] {
  if (!existsSync(DIRECTORY)) return [];
  const seen = new Set<string>();
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(DIRECTORY, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && !seen.has(line) && seen.add(line))
    .map((line) => JSON.parse(line) as CapturedFrame & { readonly frame: string })
    .filter(({ key, version }) => {
      const api = apiByKey(key);
      return api !== undefined && version >= api.minVersion && version <= api.maxVersion;
    })
    .map(({ key, version, direction, frame }) => ({
      key,
      version,
      direction,
      frame: Buffer.from(frame, 'base64'),
    }))
    .filter(({ frame }) => frame.length <= FRAME_BYTES_MAX);
}
