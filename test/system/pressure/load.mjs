/**
 * Peers that behave badly, in a process of their own: raw sockets and bytes, nothing of the product.
 *
 *     (echo '{"kind":"idle","host":"127.0.0.1","port":9092,"count":1000}'; cat) | node load.mjs
 *
 * Reads its task from the first line of its input. Prints `{"event":"up",…}` when all connections have been tried, ends when its input ends, and prints `{"event":"down",…}` with its counts.
 * `topic` has records to be fetched, or `partitions` to be written to; `batch` is one record batch, in base64.
 */
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';

const input = createInterface({ input: process.stdin });
const [task] = await once(input, 'line');
const options = JSON.parse(task);
const { kind, host, port, count, topic = 'big', partitions = 1, batch = '' } = options;
const { localAddress, perSecond = 1000 } = options;
const counts = { opened: 0, refused: 0, closedByPeer: 0, answers: 0, sentBytes: 0, receivedBytes: 0 };
const sockets = new Set();
let correlation = 0;
let stopping = false;

function frame(apiKey, version, body) {
  const header = Buffer.alloc(16);
  header.writeInt32BE(12 + body.length, 0);
  header.writeInt16BE(apiKey, 4);
  header.writeInt16BE(version, 6);
  header.writeInt32BE(++correlation, 8);
  header.writeInt16BE(2, 12);
  header.write('lo', 14);
  return Buffer.concat([header, body]);
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function string(text) {
  const bytes = Buffer.alloc(2 + text.length, text, 'latin1');
  bytes.writeInt16BE(text.length, 0);
  bytes.write(text, 2, 'latin1');
  return bytes;
}

const apiVersions = () => frame(18, 0, Buffer.alloc(0));
const metadata = () => frame(3, 1, int32(-1));

function fetch({ maxWaitMs, minBytes, maxBytes, offset }) {
  const partition = Buffer.concat([int32(0), int64(offset), int32(maxBytes)]);
  const topics = Buffer.concat([int32(1), string(topic), int32(1), partition]);
  return frame(
    1,
    4,
    Buffer.concat([int32(-1), int32(maxWaitMs), int32(minBytes), int32(maxBytes), Buffer.of(0), topics]),
  );
}

/** One request, with the batch for each of the partitions. */
function produce(acks) {
  const records = Buffer.from(batch, 'base64');
  const head = Buffer.alloc(2 + 2 + 4);
  head.writeInt16BE(-1, 0);
  head.writeInt16BE(acks, 2);
  head.writeInt32BE(60_000, 4);
  const parts = Array.from({ length: partitions }, (_, index) => [
    int32(index),
    int32(records.length),
    records,
  ]);
  const body = Buffer.concat([head, int32(1), string(topic), int32(partitions), ...parts.flat()]);
  return frame(0, 3, body);
}

/** Resolves when it is up or has failed. */
function open(onUp) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, noDelay: true, ...(localAddress && { localAddress }) });
    sockets.add(socket);
    let up = false;
    socket.once('connect', () => {
      up = true;
      counts.opened++;
      resolve(onUp(socket));
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      clearInterval(socket.ticking);
      if (!up) counts.refused++;
      else if (!stopping && !socket.leaving) counts.closedByPeer++;
      resolve();
    });
  });
}

function reading(socket) {
  socket.on('data', (chunk) => {
    counts.receivedBytes += chunk.length;
    counts.answers++;
  });
}

function send(socket, bytes) {
  counts.sentBytes += bytes.length;
  return socket.write(bytes);
}

/** As fast as the peer takes it. */
function flood(socket, next) {
  const go = () => {
    while (!socket.destroyed && send(socket, next()));
  };
  socket.on('drain', go);
  go();
}

/** One byte a second, for ever. */
function dribble(socket, bytes) {
  let at = 0;
  const go = () => send(socket, bytes.subarray(at, ++at));
  go();
  socket.ticking = setInterval(() => at < bytes.length && go(), 1000);
}

/** 1 KiB a second, as far as the stream can: what it has taken from the kernel it gives in such pieces. */
function sip(socket) {
  socket.on('readable', () => {});
  socket.ticking = setInterval(() => {
    const chunk = socket.read(1024) ?? socket.read();
    if (chunk) counts.receivedBytes += chunk.length;
  }, 1000);
}

const GREEDY = { maxWaitMs: 500, minBytes: 1, maxBytes: 50_000_000, offset: 0 };
const PARKED = { maxWaitMs: 0x7fffffff, minBytes: 0x7fffffff, maxBytes: 50_000_000, offset: 0 };
const HUGE = Buffer.concat([
  int32(100_000_000),
  frame(0, 3, Buffer.alloc(0)).subarray(4),
  Buffer.alloc(1 << 20),
]);
const GARBAGE = [
  Buffer.concat([Buffer.from('160301020001000' + '1fc0303', 'hex'), Buffer.alloc(500, 7)]),
  Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  Buffer.from('7fffffff00000000', 'hex'),
  Buffer.alloc(300, 0xa5),
];

/** As fast as it goes. All of them send the same bytes: a wide request has megabytes. */
function producing(acks) {
  let bytes;
  return (socket) => {
    if (acks !== 0) reading(socket);
    bytes ??= produce(acks);
    flood(socket, () => bytes);
  };
}

const KINDS = {
  /** Nothing is ever said. */
  silent: () => {},
  /** A client that has introduced itself, and then has nothing to do. */
  idle: (socket) => {
    reading(socket);
    send(socket, apiVersions());
    // Only now is it known to be let in: before that the kernel has accepted it, and no more.
    return new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
  },
  'greedy-fetch': (socket) => {
    for (let at = 0; at < 10; at++) send(socket, fetch(GREEDY));
  },
  'greedy-produce': producing(1),
  'wide-produce': producing(-1),
  'produce-unasked': producing(0),
  'slow-reader': (socket) => {
    for (let at = 0; at < 3; at++) send(socket, fetch(GREEDY));
    sip(socket);
  },
  'slow-writer': (socket) => {
    reading(socket);
    dribble(socket, counts.opened % 2 === 0 ? metadata() : HUGE);
  },
  /** The test stops this process with SIGSTOP: the peer is there for its kernel, and for nobody else. */
  'half-open': (socket) => {
    send(socket, counts.opened % 2 === 0 ? fetch(PARKED) : fetch(GREEDY));
  },
  parked: (socket) => {
    reading(socket);
    for (let at = 0; at < 100; at++) send(socket, fetch(PARKED));
  },
  'huge-frame': (socket) => {
    send(socket, HUGE);
    flood(socket, () => Buffer.alloc(64 * 1024));
  },
  'tiny-pipeline': (socket) => {
    reading(socket);
    const many = Buffer.concat(
      Array.from({ length: 10_000 }, (_, at) => (at % 2 === 0 ? apiVersions() : metadata())),
    );
    flood(socket, () => many);
  },
  'tiny-unread': (socket) => {
    const many = Buffer.concat(Array.from({ length: 10_000 }, metadata));
    flood(socket, () => many);
  },
};

/** Comes and goes: some say something first, some break off. */
function visit(at) {
  return open((socket) => {
    socket.leaving = true;
    if (kind === 'garbage') {
      send(socket, GARBAGE[at % GARBAGE.length]);
      socket.on('data', () => {});
      return;
    }
    if (at % 3 === 0) send(socket, apiVersions());
    if (at % 3 === 1) socket.resetAndDestroy();
    else socket.end(at % 3 === 2 ? Buffer.of(0, 0) : undefined);
    socket.resume();
  });
}

function print(event) {
  console.log(JSON.stringify({ event, open: sockets.size, ...counts }));
}

if (kind === 'churn' || kind === 'garbage') {
  let at = 0;
  setInterval(() => {
    for (let each = 0; each < perSecond / 50; each++) if (sockets.size < count) void visit(at++);
  }, 20);
  print('up');
} else {
  // Some at a time: a backlog overrun costs a second each, and is not what is tried here.
  let left = count;
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      while (left-- > 0) await open(KINDS[kind]);
    }),
  );
  print('up');
}

input.once('close', () => {
  stopping = true;
  print('down');
  process.exit(0);
});
