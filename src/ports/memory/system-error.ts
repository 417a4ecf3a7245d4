/** Linux's numbers, on every system: what runs on memory is to be the same everywhere. */
const ERRORS = {
  ENOENT: [2, 'no such file or directory'],
  EIO: [5, 'i/o error'],
  EEXIST: [17, 'file already exists'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'illegal operation on a directory'],
  EINVAL: [22, 'invalid argument'],
  ENOSPC: [28, 'no space left on device'],
  ENOTEMPTY: [39, 'directory not empty'],
  ECONNREFUSED: [111, 'connection refused'],
} as const;

/** An error as Node's own file and socket calls give: same `code`, `errno`, `syscall`, `path` and wording. */
export function systemError(code: keyof typeof ERRORS, syscall: string, path: string): Error {
  const [number, sentence] = ERRORS[code];
  return Object.assign(new Error(`${code}: ${sentence}, ${syscall} '${path}'`), {
    code,
    errno: -number,
    syscall,
    path,
  });
}
