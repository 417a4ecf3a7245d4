/**
 * What stands between a frame's size and its body. Request header v1 is key, version, correlation id and
 * client id; v2, of flexible versions, adds a tag section, and its client id keeps the old int16 length so
 * that a broker can read it in versions it has never heard of (KIP-511). Response header v0 is the
 * correlation id; v1 adds a tag section. ApiVersions answers with v0 in every version, since its reader does
 * not know yet what the broker speaks.
 */
import { codec } from './codec.js';
import { Reader, WireError } from './reader.js';
import type { AnyMessage, Api, DraftOf } from './schema.js';
import { Writer } from './writer.js';

const SIZE_BYTES = 4;
const INT32_MAX = 0x7fff_ffff;
const API_VERSIONS_KEY = 18;

/**
 * Elements in all arrays of one request. Each becomes an object, many times larger than the two to six bytes it may have on the wire;
 * no request of a working client comes near (a fetch names each partition of the broker once).
 */
export const REQUEST_ELEMENTS_MAX = 1 << 18;

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /**
   * Stands at the body; for a key or version that is not known, right after the client id as far as that
   * could be read.
   */
  readonly body: Reader;
}

/**
 * Reads a request's header. Of a key or version that is not known only the first eight bytes must make sense,
 * and the client id is null where it does not: enough to answer ApiVersions in a version of the future, or to
 * say in the log who sent what.
 *
 * @param flexibleOf whether a version of a key is flexible; undefined when the version or key is not known
 * @throws WireError when the header is malformed
 */
export function decodeRequestHeader(
  frame: Buffer,
  flexibleOf: (apiKey: number, apiVersion: number) => boolean | undefined,
): RequestHeader {
  const body = new Reader(frame, 0, frame.length, REQUEST_ELEMENTS_MAX);
  const apiKey = body.int16();
  const apiVersion = body.int16();
  const correlationId = body.int32();
  const flexible = flexibleOf(apiKey, apiVersion);
  const clientId = flexible === undefined ? clientIdOrNull(body) : body.nullableString();
  if (flexible === true) body.unknownTags();
  return { apiKey, apiVersion, correlationId, clientId, body };
}

function clientIdOrNull(body: Reader): string | null {
  const start = body.position;
  try {
    return body.nullableString();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    body.position = start;
    return null;
  }
}

/** A whole request frame, size included, as a gather list. */
export function encodeRequest<Req extends AnyMessage>(
  api: Api<Req>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  draft: DraftOf<Req>,
): Uint8Array[] {
  const writer = new Writer();
  writer.int32(0);
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(header.correlationId);
  writer.nullableString(header.clientId);
  if (api.request.isFlexible(version)) writer.uvarint(0);
  codec(api.request, version).encode(writer, draft);
  return sized(writer);
}

/** A whole response frame, size included, as a gather list. */
export function encodeResponse<Res extends AnyMessage>(
  api: Api<AnyMessage, Res>,
  version: number,
  correlationId: number,
  draft: DraftOf<Res>,
): Uint8Array[] {
  const writer = new Writer();
  writer.int32(0);
  writer.int32(correlationId);
  if (hasResponseTags(api, version)) writer.uvarint(0);
  codec(api.response, version).encode(writer, draft);
  return sized(writer);
}

/** The correlation id of a response whose API is to be looked up by it. */
export function correlationIdOf(responseFrame: Buffer): number {
  return new Reader(responseFrame).int32();
}

/**
 * Reads the header of a response to a request of this API and version. @throws WireError when it is malformed
 */
export function decodeResponseHeader(
  api: Api,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly body: Reader } {
  const body = new Reader(frame);
  const correlationId = body.int32();
  if (hasResponseTags(api, version)) body.unknownTags();
  return { correlationId, body };
}

function hasResponseTags(api: Api, version: number): boolean {
  return api.response.isFlexible(version) && api.key !== API_VERSIONS_KEY;
}

/** Fills in the size that `writer` left room for. */
function sized(writer: Writer): Uint8Array[] {
  const size = writer.byteLength - SIZE_BYTES;
  if (size > INT32_MAX) throw new WireError(`a frame has less than 2^31 bytes, not ${size}`);
  const parts = writer.parts();
  // The writer never splits what was written before the first large byte field: the size lies in the first
  // part.
  const first = parts[0] as Uint8Array;
  new DataView(first.buffer, first.byteOffset, SIZE_BYTES).setInt32(0, size);
  return parts;
}
