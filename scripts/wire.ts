/**
 * Prints the code that runs for a message: `npm run wire -- Fetch 12` for both directions, `npm run wire --
 * FetchRequest 12` for one. Without arguments it lists the APIs and the versions that they are spoken in.
 */
import { decoderSource, encoderSource } from '../src/wire/compile.js';
import { APIS } from '../src/wire/messages/index.js';
import type { AnyMessage } from '../src/wire/schema.js';

// A reader that has seen enough, as `| head` has, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const [name, version] = process.argv.slice(2);
const failure = print(name, version);
if (failure !== undefined) {
  process.stderr.write(`${failure}\n`);
  process.exitCode = 2;
}

/** Returns what is wrong with the arguments, if something is. */
function print(name: string | undefined, versionText: string | undefined): string | undefined {
  if (name === undefined) {
    for (const api of APIS)
      say(
        `${api.name.padEnd(22)}key ${String(api.key).padEnd(4)}versions ${api.minVersion} to ${api.maxVersion}`,
      );
    return undefined;
  }
  const messages = APIS.flatMap((api) => [
    { message: api.request, names: [api.name, api.request.name] },
    { message: api.response, names: [api.name, api.response.name] },
  ]).filter(({ names }) => names.some((known) => known.toLowerCase() === name.toLowerCase()));
  const [first] = messages;
  if (first === undefined) return `there is no API '${name}'; without arguments this command lists them`;
  const { minVersion, maxVersion } = first.message;
  const version = versionText === undefined ? maxVersion : Number(versionText);
  if (!Number.isInteger(version) || version < minVersion || version > maxVersion) {
    return `${name} is spoken from version ${minVersion} to ${maxVersion}, not in '${versionText}'`;
  }
  for (const { message } of messages) printMessage(message, version);
  return undefined;
}

function printMessage(message: AnyMessage, version: number): void {
  say(`// ${message.name} version ${version}`);
  say(`function encode(w, d) {\n${indented(encoderSource(message, version))}\n}\n`);
  say(`function decode(r) {\n${indented(decoderSource(message, version))}\n}\n`);
}

function indented(source: string): string {
  return source.replaceAll(/^/gm, '  ');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
