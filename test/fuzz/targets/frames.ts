/** What comes over the wire: request frames as the broker reads them, answers as our client does, and the stream they are cut from. */
import { SlabPool } from '../../../src/base/slabs.js';
import { type Frame, FrameCutter, FrameError } from '../../../src/wire/frame.js';
import {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequest,
  encodeResponse,
} from '../../../src/wire/headers.js';
import { APIS, apiByKey, flexibleOf } from '../../../src/wire/messages/index.js';
import { WireError } from '../../../src/wire/reader.js';
import { Dice } from '../dice.js';
import { readsAndWrites } from '../parts/both-codecs.js';
import { capturedFrames } from '../parts/captured-frames.js';
import { bareDraft, fullDraft, versionsOf } from '../parts/sample-drafts.js';
import { mustHold, refusing, type Target } from '../target.js';

const SIZE_BYTES = 4;
const HEADER = { correlationId: 7, clientId: 'fuzz' };

/** Key, version, correlation id, client id, body; as in a frame. */
export const requestFrames: Target = {
  name: 'request-frames',
  seeds: () => [
    ...APIS.flatMap((api) =>
      versionsOf(api.request).flatMap((version) =>
        [fullDraft(api.request, version), bareDraft(api.request, version)].map((draft) =>
          Buffer.concat(encodeRequest(api, version, HEADER, draft)).subarray(SIZE_BYTES),
        ),
      ),
    ),
    ...capturedFrames().flatMap(({ direction, frame }) => (direction === 'request' ? [frame] : [])),
  ],
  run(bytes) {
    const open = () => decodeRequestHeader(bytes, flexibleOf);
    const header = refusing(open, WireError);
    if (header === null) return;
    const { apiKey, apiVersion } = header;
    const api = apiByKey(apiKey);
    if (api === undefined || flexibleOf(apiKey, apiVersion) === undefined) return;
    readsAndWrites(api.request, apiVersion, () => open().body);
  },
};

/** Two bytes that say which API and version was asked, then the answer: our client knows what it asked. */
export const responseFrames: Target = {
  name: 'response-frames',
  seeds: () => [
    ...APIS.flatMap((api, at) =>
      versionsOf(api.response).flatMap((version) =>
        [fullDraft(api.response, version), bareDraft(api.response, version)].map((draft) =>
          asked(
            at,
            version - api.minVersion,
            Buffer.concat(encodeResponse(api, version, 7, draft)).subarray(SIZE_BYTES),
          ),
        ),
      ),
    ),
    ...capturedFrames().flatMap(({ direction, key, version, frame }) => {
      const at = APIS.findIndex((api) => api.key === key);
      return direction === 'response' ? [asked(at, version - APIS[at]!.minVersion, frame)] : [];
    }),
  ],
  run(bytes) {
    const dice = new Dice(bytes);
    const api = dice.pick(APIS);
    const version = dice.pick(versionsOf(api.response));
    const frame = dice.rest();
    const open = () => decodeResponseHeader(api, version, frame);
    if (refusing(open, WireError) === null) return;
    readsAndWrites(api.response, version, () => open().body);
  },
};

function asked(api: number, version: number, frame: Buffer): Buffer {
  return Buffer.concat([Buffer.of(api, version), frame]);
}

const MODES_BYTES = 10;

/** Ten bytes that say how the stream falls into chunks and how many frames are taken at once, then the stream. */
export const frameCutter: Target = {
  name: 'frame-cutter',
  seeds: () => {
    const frame = (bytes: number): Buffer => {
      const made = Buffer.alloc(SIZE_BYTES + bytes, bytes);
      made.writeInt32BE(bytes);
      return made;
    };
    const stream = Buffer.concat([frame(8), frame(20), frame(300), frame(9), frame(5000), frame(8)]);
    return [
      Buffer.concat([Buffer.alloc(MODES_BYTES, 0xff), stream]),
      Buffer.concat([Buffer.from([1, 0, 1, 2, 3, 4, 5, 6, 7, 8]), stream]),
      Buffer.concat([Buffer.from([2, 1, 200, 200, 200, 0, 0, 1, 255, 255]), stream]),
      Buffer.concat([Buffer.alloc(MODES_BYTES, 3), Buffer.from('GET / HTTP/1.1\r\n\r\n')]),
      Buffer.concat([Buffer.alloc(MODES_BYTES, 3), frame(8), Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3])]),
    ];
  },
  run(bytes) {
    const dice = new Dice(bytes);
    const framesMax = dice.byte() % 4 === 0 ? Infinity : 1 + dice.below(3);
    const minFrameBytes = 4 + dice.below(5);
    const maxFrameBytes = 6000;
    const sizes = [...dice.take(MODES_BYTES - 3)];
    const stream = dice.rest();
    const expected = cutAtOnce(stream, minFrameBytes, maxFrameBytes);
    const cutter = new FrameCutter({ minFrameBytes, maxFrameBytes, slabs: new SlabPool() });
    const frames: Buffer[] = [];
    const held: { readonly frame: Frame; readonly copy: Buffer }[] = [];
    let failed = false;
    let pushed = 0;
    const take = (cut: readonly Frame[]): void => {
      for (const frame of cut) {
        const copy = Buffer.from(frame.bytes);
        frames.push(copy);
        // Every second one is let go at once, so that its room is used again while the others are held.
        if (frames.length % 2 === 0) frame.slab?.release();
        else held.push({ frame, copy });
      }
    };
    /** As a connection does: a chunk, then what is left uncut of it. */
    const push = (chunk: Buffer): void => {
      pushed += chunk.length;
      take(cutter.cut(chunk, framesMax));
      while (cutter.restBytes > 0) take(cutter.cut(Buffer.alloc(0), framesMax));
      const framed = frames.reduce((sum, frame) => sum + SIZE_BYTES + frame.length, 0);
      mustHold(framed + cutter.pendingBytes === pushed, () => 'bytes are neither in a frame nor pending');
    };
    try {
      for (let at = 0, nth = 0; at < stream.length; nth++) {
        const size = 1 + (sizes[nth % sizes.length] ?? 0) * (nth % 3 === 0 ? 9 : 1);
        push(Buffer.from(stream.subarray(at, at + size)));
        at += size;
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      take(error.framesBefore);
      failed = true;
    }
    mustHold(failed === expected.failed, () =>
      failed ? 'refused a sound stream' : 'took a stream that is not sound',
    );
    mustHold(
      frames.length === expected.frames.length &&
        frames.every((frame, at) => frame.equals(expected.frames[at]!)),
      () => `${frames.length} frames, and cut at once ${expected.frames.length}`,
    );
    for (const { frame, copy } of held) {
      mustHold(frame.bytes.equals(copy), () => 'a frame that is held was overwritten');
      frame.slab?.release();
    }
  },
};

/** What a reader with the whole stream before it would find. */
function cutAtOnce(
  stream: Buffer,
  minFrameBytes: number,
  maxFrameBytes: number,
): { readonly frames: readonly Buffer[]; readonly failed: boolean } {
  const frames: Buffer[] = [];
  for (let at = 0; stream.length - at >= SIZE_BYTES; ) {
    const size = stream.readInt32BE(at);
    if (size < minFrameBytes || size > maxFrameBytes) return { frames, failed: true };
    if (at + SIZE_BYTES + size > stream.length) break;
    frames.push(stream.subarray(at + SIZE_BYTES, at + SIZE_BYTES + size));
    at += SIZE_BYTES + size;
  }
  return { frames, failed: false };
}
