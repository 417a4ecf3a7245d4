/**
 * Sockets that read into one buffer they share. Left to itself Node makes a new buffer of 64 KiB for each read, and at 200 MB/s
 * collecting those costs more than all that is done with them. The event loop reads one socket at a time, and whoever handles the
 * bytes has taken them when it returns, so one buffer does for all.
 *
 * Node offers this (`onread`) for sockets that a program makes, which an accepted one is not. So its handle moves to a socket that is made here. A
 * handle is not part of Node's documented interface; where it does not look as expected, the accepted socket is used as it is, and
 * reads cost what they cost.
 */
import net from 'node:net';

/** As large as libuv ever reads at once. */
const READ_BYTES_MAX = 64 * 1024;

export interface LentReads {
  readonly socket: net.Socket;
  /**
   * Called once, before anything is read. `read` gets each chunk, lent until it returns, and says whether to read on; if not, the socket's
   * `resume` does. (Its `pause` would not do: a `resume` shortly before it still starts the reading, a turn later.)
   */
  readonly onRead: (read: (chunk: Buffer) => boolean) => void;
}

const HANDLE = '_handle';

/** What an accepted socket has, and `net.Socket` takes, in all Node releases that we support (20 to 24). */
interface Adoptable {
  [HANDLE]: { readonly useUserBuffer?: unknown } | null;
}

export class SharedReads {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES_MAX);

  /** For `net.connect`, whose socket goes to `connected`. */
  connecting(): { readonly onread: net.OnReadOpts; connected(socket: net.Socket): LentReads } {
    const { onread, onRead } = this.#reads();
    return { onread, connected: (socket) => ({ socket, onRead }) };
  }

  /** @param accepted from a server with `pauseOnConnect`: not a byte of it has been read */
  adopt(accepted: net.Socket, writableHighWaterMark: number): LentReads {
    const adoptable = accepted as unknown as Adoptable;
    const handle = adoptable[HANDLE];
    if (typeof handle?.useUserBuffer !== 'function') return asItIs(accepted);
    const { onread, onRead } = this.#reads();
    // A variable, because `net.Socket` takes more than its types say.
    const options = { handle, onread, writableHighWaterMark, pauseOnCreate: true, allowHalfOpen: true };
    const socket = new net.Socket(options as net.SocketConstructorOpts);
    // The accepted one closes without its handle: for the server it is gone.
    adoptable[HANDLE] = null;
    accepted.destroy();
    return { socket, onRead };
  }

  #reads(): Pick<LentReads, 'onRead'> & { readonly onread: net.OnReadOpts } {
    let take: (chunk: Buffer) => boolean = () => false;
    const callback = (bytes: number): boolean => take(this.#buffer.subarray(0, bytes));
    return {
      onread: { buffer: this.#buffer, callback },
      onRead: (read) => {
        take = read;
      },
    };
  }
}

function asItIs(socket: net.Socket): LentReads {
  const onRead: LentReads['onRead'] = (read) => {
    socket.on('data', (chunk: Buffer) => {
      if (!read(chunk)) socket.pause();
    });
    socket.pause();
  };
  return { socket, onRead };
}
