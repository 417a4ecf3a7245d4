import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryNet } from '../../../src/ports/memory/net.js';
import type { Net } from '../../../src/ports/net.js';
import { ConnectionLost, RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { ApiVersions } from '../../../src/wire/messages/api-versions.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import { allVersions, type Asked, greeting, ScriptedPeer } from './scripted-peer.js';

const beat = { groupId: 'g', generationId: 1, memberId: 'm' };

function setUp(net: Net = memoryNet()) {
  const clock = manualClock(1_700_000_000_000);
  const connect = (port: number) =>
    RpcConnection.connect({
      net,
      clock,
      host: '127.0.0.1',
      port,
      clientId: 'test',
      softwareVersion: '1.2.3',
      connectTimeoutMs: 1000,
      requestTimeoutMs: 5000,
    });
  return { net, clock, connect };
}

interface Greeting {
  /** Of some APIs, instead of ours. */
  readonly versions?: Parameters<typeof greeting>[1];
  readonly net?: Net;
}

/** A connection to a peer that greets as a broker does; whatever else it is asked, `next` has. */
async function connected(next: (asked: Asked) => void = () => {}, { versions, net }: Greeting = {}) {
  const world = setUp(net);
  const peer = await ScriptedPeer.listen(world.net, greeting(next, versions));
  return { clock: world.clock, peer, rpc: await world.connect(peer.port) };
}

/** Lets everything that waits only for microtasks happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe('negotiation', () => {
  test('says who it is, in the newest version', async () => {
    const { peer, rpc } = await connected();
    expect(peer.asked[0]?.header).toMatchObject({
      apiKey: 18,
      apiVersion: ApiVersions.maxVersion,
      clientId: 'test',
    });
    expect(peer.asked[0]?.body).toMatchObject({
      clientSoftwareName: 'millrace',
      clientSoftwareVersion: '1.2.3',
    });
    expect(rpc.versionOf(Metadata)).toBe(Metadata.maxVersion);
  });

  test.each([
    ['the version that the refusal names', [{ apiKey: 18, minVersion: 0, maxVersion: 2 }], 2],
    ['version 0 where it names none', [], 0],
    [
      'no more than we speak where it names more',
      [{ apiKey: 18, minVersion: 0, maxVersion: 99 }],
      ApiVersions.maxVersion,
    ],
  ])('a refused version is asked again in %s (KIP-511)', async (_, apiKeys, expected) => {
    const { net, connect } = setUp();
    const peer = await ScriptedPeer.listen(net, (asked) => {
      if (peer.asked.length === 1) asked.answer({ errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys }, 0);
      else asked.answer(allVersions());
    });
    const rpc = await connect(peer.port);
    expect(peer.asked.map(({ header }) => header.apiVersion)).toEqual([ApiVersions.maxVersion, expected]);
    expect(rpc.open).toBe(true);
  });

  test('any other error ends it', async () => {
    const { net, connect } = setUp();
    const peer = await ScriptedPeer.listen(net, (asked) =>
      asked.answer({ errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }),
    );
    await expect(connect(peer.port)).rejects.toThrow(/refuses to say what it speaks: INVALID_REQUEST/);
  });

  test.each([
    ['the highest both have', [0, 3], 3],
    ['ours where theirs goes further', [0, 99], Heartbeat.maxVersion],
  ] as const)('the version of an API is %s', async (_, range, expected) => {
    const { rpc } = await connected(undefined, { versions: { 12: range } });
    expect(rpc.versionOf(Heartbeat)).toBe(expected);
  });

  test('an API without a common version is refused on our side', async () => {
    const { rpc } = await connected(undefined, { versions: { 12: [90, 99] } });
    expect(rpc.versionOf(Heartbeat)).toBe(null);
    await expect(rpc.call(Heartbeat, beat)).rejects.toMatchObject({ code: 'UNSUPPORTED_BY_BROKER' });
    expect(() => rpc.send(Heartbeat, beat)).toThrow(UserError);
    expect(rpc.open).toBe(true);
  });
});

describe('requests', () => {
  test('answers find their questions, in whatever order they come', async () => {
    const held: Asked[] = [];
    const { rpc } = await connected((asked) => void held.push(asked));
    const answers = Promise.all(
      [1, 2, 3].map((generationId) => rpc.call(Heartbeat, { ...beat, generationId })),
    );
    await settle();
    expect(held).toHaveLength(3);
    for (const asked of held.toReversed()) {
      asked.answer({ errorCode: (asked.body as { generationId: number }).generationId });
    }
    expect((await answers).map(({ errorCode }) => errorCode)).toEqual([1, 2, 3]);
  });

  test('a draft that the version cannot carry is refused, and the connection goes on', async () => {
    const { rpc } = await connected((asked) => asked.answer({ errorCode: 0 }), { versions: { 12: [0, 2] } });
    await expect(rpc.call(Heartbeat, { ...beat, groupInstanceId: 'x' })).rejects.toThrow(/groupInstanceId/);
    expect((await rpc.call(Heartbeat, beat)).errorCode).toBe(0);
  });

  test('a deadline that passes ends everything behind it too', async () => {
    const { clock, rpc } = await connected();
    let closed = 0;
    rpc.onClose(() => closed++);
    const slow = rpc.call(Heartbeat, beat, { timeoutMs: 100 });
    const behind = rpc.call(Heartbeat, beat);
    const outcomes = Promise.allSettled([slow, behind]);
    await settle();
    clock.advance(99);
    await settle();
    expect(rpc.open).toBe(true);
    clock.advance(1);
    expect(
      (await outcomes).map((each) => each.status === 'rejected' && each.reason instanceof ConnectionLost),
    ).toEqual([true, true]);
    expect([rpc.open, closed, clock.pendingTimers]).toEqual([false, 1, 0]);
    await expect(rpc.call(Heartbeat, beat)).rejects.toThrow(/within 100 ms/);
    rpc.onClose(() => closed++);
    expect(closed).toBe(2);
  });

  test('a connection that breaks rejects what is in flight', async () => {
    const { clock, rpc } = await connected((asked) => asked.connection.destroy());
    await expect(rpc.call(Heartbeat, beat)).rejects.toBeInstanceOf(ConnectionLost);
    expect(clock.pendingTimers).toBe(0);
  });

  test('closing rejects what is in flight, and what comes later is nobody’s', async () => {
    const held: Asked[] = [];
    const { rpc } = await connected((asked) => void held.push(asked));
    const waiting = rpc.call(Heartbeat, beat);
    const lost = expect(waiting).rejects.toThrow(/closed by us/);
    await settle();
    rpc.close();
    held[0]?.answer({ errorCode: 0 });
    await lost;
  });

  test('an unanswered request is sent, and bounded by the network', async () => {
    const seen: number[] = [];
    const { rpc } = await connected((asked) => void seen.push(asked.header.apiKey), {
      net: memoryNet({ highWaterBytes: 1024 }),
    });
    await rpc.drained();
    const records = Buffer.alloc(4096);
    rpc.send(Produce, {
      acks: 0,
      timeoutMs: 1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    });
    let drained = false;
    const waiting = rpc.drained().then(() => (drained = true));
    expect(drained).toBe(false);
    await waiting;
    expect(seen).toEqual([0]);
  });
});

describe('whoever answers is no Kafka broker', () => {
  const greetings: readonly [what: string, bytes: Buffer][] = [
    ['a web server', Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['a mail server', Buffer.from('220 mail.example.org ESMTP\r\n')],
    ['an SSH server', Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')],
    ['a TLS listener', Buffer.from('15030300020246', 'hex')],
    ['a negative size', Buffer.from('ffffffff00000000', 'hex')],
    ['an answer to a question nobody asked', Buffer.from('00000008000000630000002a', 'hex')],
    ['an answer that ends in the middle', Buffer.from('0000000a000000010000000003ff', 'hex')],
  ];
  test.each(greetings)('%s', async (_, bytes) => {
    const { net, clock, connect } = setUp();
    const peer = await ScriptedPeer.listen(net, (asked) => asked.answerBytes(bytes));
    await expect(connect(peer.port)).rejects.toMatchObject({ code: 'NOT_KAFKA' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('it closes without a word', async () => {
    const { net, connect } = setUp();
    const peer = await ScriptedPeer.listen(net, (asked) => asked.connection.end());
    await expect(connect(peer.port)).rejects.toBeInstanceOf(ConnectionLost);
  });

  test('it says nothing', async () => {
    const { net, clock, connect } = setUp();
    const peer = await ScriptedPeer.listen(net);
    const connecting = expect(connect(peer.port)).rejects.toThrow(
      /did not answer ApiVersions within 1000 ms/,
    );
    await settle();
    clock.advance(1000);
    await connecting;
  });

  test('nobody listens', async () => {
    const { connect } = setUp();
    await expect(connect(1)).rejects.toThrow(/cannot connect to 127.0.0.1:1: .*ECONNREFUSED/);
  });

  test('later garbage too ends the connection, and rejects the very question it pretends to answer', async () => {
    // A heartbeat's answer without its error code.
    const garbage = (id: number): Buffer => Buffer.from([0, 0, 0, 9, 0, 0, 0, id, 0, 0, 0, 0, 1]);
    const { clock, rpc } = await connected((asked) => asked.answerBytes(garbage(asked.header.correlationId)));
    await expect(rpc.call(Heartbeat, beat)).rejects.toMatchObject({ code: 'NOT_KAFKA' });
    expect([rpc.open, clock.pendingTimers]).toEqual([false, 0]);
  });
});
