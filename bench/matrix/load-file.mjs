import { open } from 'node:fs/promises';

/**
 * A file of lines of `bytes` bytes each, `total` bytes in all, for kcat to produce: JSON-like text that does not repeat, so that nothing
 * is won by caching it.
 * @returns {Promise<number>} how many lines
 */
export async function writeLoad(path, bytes, total) {
  const file = await open(path, 'w');
  const lines = Math.floor(total / bytes);
  let chunk = '';
  for (let n = 0; n < lines; n++) {
    const head = `{"id":${n},"at":${1_700_000_000_000 + n * 37},"host":"web-${n % 97}","x":"`;
    chunk += `${(head + fill(n, bytes)).slice(0, bytes - 2)}"}\n`.slice(-bytes - 1);
    if (chunk.length > 1 << 20) {
      await file.write(chunk);
      chunk = '';
    }
  }
  await file.write(chunk);
  await file.close();
  return lines;
}

function fill(seed, bytes) {
  let text = '';
  for (let x = (seed * 2654435761) >>> 0; text.length < bytes; x = (x * 1664525 + 1013904223) >>> 0)
    text += x.toString(36);
  return text;
}
