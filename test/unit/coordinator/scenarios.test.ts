import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Transcript } from './transcript.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../scenario/group');
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

describe('group scenarios', () => {
  test('there are some', () => expect(files.length).toBeGreaterThan(10));

  test.each(files)('%s', async (name) => {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const happened = await new Transcript().run(text);
    if (process.env['UPDATE'] === '1') writeFileSync(path, happened);
    else expect(happened).toBe(text);
  });
});
