/** Whether to write in colours. */

/**
 * As no-color.org and force-color.org have it: NO_COLOR, if it is set to anything, says no; FORCE_COLOR yes, `0` and `false` no; else a
 * terminal decides that is not a dumb one.
 */
export function wantsColours(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: terminal } = environment;
  if (no !== '') return false;
  if (force !== '') return force !== '0' && force !== 'false';
  return isTerminal && terminal !== 'dumb';
}
