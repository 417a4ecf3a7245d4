/** Lines of a stream of bytes. Decoded by nobody here: a value goes to the broker as the bytes it was. */
import { UserError } from '../../base/errors.js';

/** Beyond it a file without line ends would fill the memory. No broker takes a record of this size by default. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NO_BYTES = Buffer.alloc(0);

/** Takes chunks, gives the lines that are whole now, without `\n` or `\r\n`. They are views on the chunks. */
export class LineCutter {
  readonly #name: string;
  #parts: Buffer[] = [];
  #heldBytes = 0;

  /** @param name of the source, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** @throws UserError LINE_TOO_LONG */
  *push(chunk: Buffer): Generator<Buffer, void, void> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield this.#line(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
  }

  /** The last line, if the stream did not end with a newline. */
  end(): Buffer | null {
    return this.#heldBytes > 0 ? this.#line(NO_BYTES) : null;
  }

  #line(last: Buffer): Buffer {
    const line = this.#heldBytes === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#heldBytes = 0;
    return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
  }

  #hold(rest: Buffer): void {
    this.#parts.push(rest);
    this.#heldBytes += rest.length;
    if (this.#heldBytes <= LINE_BYTES_MAX) return;
    throw new UserError(
      'LINE_TOO_LONG',
      `${this.#name} has a line of more than ${LINE_BYTES_MAX / 1024 / 1024} MiB`,
      'Each line becomes one record: is this a text file?',
    );
  }
}
