/** The examples of docs/testing.md, by the runner that its fences name: ```js vitest, ```js jest, ```js node:test, ```js node. */
import { readFile } from 'node:fs/promises';

export const GUIDE = new URL('../../docs/testing.md', import.meta.url);

export const RUNNERS = ['vitest', 'jest', 'node:test', 'node'];

/** Every fenced block, in order. @returns {Promise<{ language: string, runner: string, code: string }[]>} */
export async function guideBlocks() {
  const text = await readFile(GUIDE, 'utf8');
  return Array.from(
    text.matchAll(/^```(\w*) ?([^\n]*)\n(.*?)^```$/gms),
    ([, language = '', runner = '', code = '']) => ({ language, runner, code }),
  );
}

/** All blocks of one runner, as one program. */
export async function guideProgram(runner) {
  const blocks = await guideBlocks();
  return blocks
    .filter((block) => block.runner === runner)
    .map(({ code }) => code)
    .join('\n');
}
