/**
 * Stands between clients and a broker and sees every frame of both directions, whole. The broker must tell its clients this
 * proxy's address (`advertise` of brokers.mjs), or they go round it after their first question.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const SIZE_BYTES = 4;
const PRODUCE = 0;
const FETCH = 1;
const FETCH_FLEXIBLE = 12;
/** From here on a fetch says who it is in a tagged field, and no longer at its start. */
const FETCH_TAGGED_REPLICA = 15;

/**
 * @typedef {object} Frame
 * @property {'request' | 'response'} direction
 * @property {number} key
 * @property {number} version
 * @property {string} clientId
 * @property {Buffer} bytes without the size
 */

/** Cuts what comes into frames. */
class Cutter {
  #rest = Buffer.alloc(0);

  *push(chunk) {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= SIZE_BYTES && bytes.length >= SIZE_BYTES + bytes.readInt32BE(0)) {
      const end = SIZE_BYTES + bytes.readInt32BE(0);
      yield bytes.subarray(SIZE_BYTES, end);
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

export class RecordingProxy {
  #server;
  #onFrame;
  #target;
  #sockets = new Set();

  /** @param {(frame: Frame) => void} onFrame */
  constructor(onFrame) {
    this.#onFrame = onFrame;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** @returns {Promise<string>} its own address, host:port */
  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${this.#server.address().port}`;
  }

  /** From now on connections go there. @param {string} bootstrap host:port */
  forwardTo(bootstrap) {
    const [host, port] = bootstrap.split(':');
    this.#target = { host, port: Number(port) };
  }

  async close() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(client) {
    if (this.#target === undefined) {
      client.destroy();
      return;
    }
    const broker = connect({ ...this.#target, noDelay: true });
    client.setNoDelay();
    /** What is to be answered, by correlation id: the answer itself does not say what it is. */
    const asked = new Map();
    const requests = new Cutter();
    const responses = new Cutter();
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ]) {
      this.#sockets.add(from);
      // One side's end or failure is the other's end, after what is still to be written: an acks=0 producer that closes has
      // sent its records all the same. A failure is always followed by 'close'.
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.end();
      });
    }
    client.on('data', (chunk) => {
      for (const bytes of requests.push(chunk)) {
        const request = requestOf(bytes);
        if (!isUnanswered(request)) asked.set(bytes.readInt32BE(4), request);
        this.#onFrame(request);
      }
    });
    broker.on('data', (chunk) => {
      for (const bytes of responses.push(chunk)) {
        const request = asked.get(bytes.readInt32BE(0));
        asked.delete(bytes.readInt32BE(0));
        if (request !== undefined) this.#onFrame({ ...request, direction: 'response', bytes });
      }
    });
    // pipe, not write: a slow reader slows the writer down.
    client.pipe(broker);
    broker.pipe(client);
  }
}

function requestOf(bytes) {
  const clientIdBytes = bytes.readInt16BE(8);
  return {
    direction: 'request',
    key: bytes.readInt16BE(0),
    version: bytes.readInt16BE(2),
    clientId: clientIdBytes < 0 ? '' : bytes.toString('utf8', 10, 10 + clientIdBytes),
    bytes,
  };
}

/** A produce request with acks=0. The transactional id that stands before its acks is null here: nobody has one. */
function isUnanswered({ key, version, clientId, bytes }) {
  if (key !== PRODUCE) return false;
  const header = 10 + clientId.length + (version >= 9 ? 1 : 0);
  const transactionalId = version >= 9 ? 1 : version >= 3 ? 2 : 0;
  return bytes.readInt16BE(header + transactionalId) === 0;
}

/** Whether this is a fetch that only says what has changed since the one before (KIP-227). @param {Frame} frame */
export function isIncrementalFetch({ direction, key, version, clientId, bytes }) {
  if (direction !== 'request' || key !== FETCH || version < 7) return false;
  let at = 10 + clientId.length + (version >= FETCH_FLEXIBLE ? 1 : 0);
  if (version < FETCH_TAGGED_REPLICA) at += 4;
  // Longest wait, least and most bytes, isolation.
  at += 4 + 4 + 4 + 1;
  return bytes.readInt32BE(at) !== 0 && bytes.readInt32BE(at + 4) > 0;
}
