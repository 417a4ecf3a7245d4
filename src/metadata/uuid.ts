/**
 * Ids as Kafka has them: 16 bytes on the wire, url-safe base64 without padding (22 characters) as text.
 */
import { InvariantError } from '../base/assert.js';
import type { Uuid } from '../base/ids.js';
import { NO_UUID } from '../base/ids.js';
import type { Entropy } from '../ports/entropy.js';

/** Kafka's reserved id of its own metadata topic: the number one. */
export const METADATA_TOPIC_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ';

const UUID_BYTES = 16;
/** Four rejected draws in a row have a chance below 10^-7; a generator that gives a hundred is broken, and must not hang us. */
const DRAWS_MAX = 100;

/**
 * A random (version 4) id. Like Kafka's, never a reserved one, and never one that begins with `-`, which a command line
 * would take for a flag.
 */
export function randomUuid(entropy: Entropy): Uuid {
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const bytes = entropy.bytes(UUID_BYTES);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40; // RFC 9562: version 4 …
    bytes[8] = (bytes[8]! & 0x3f) | 0x80; // … and variant 10.
    const uuid = uuidFromBytes(bytes);
    if (!uuid.startsWith('-') && uuid !== NO_UUID && uuid !== METADATA_TOPIC_UUID) return uuid;
  }
  throw new InvariantError(
    'the entropy source gives no usable id: it returns the same bytes again and again',
  );
}

export function uuidFromBytes(bytes: Uint8Array): Uuid {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

export function uuidToBytes(uuid: Uuid): Buffer {
  return Buffer.from(uuid, 'base64url');
}

/** Whether `text` is an id as we print it. (The last character holds 2 bits of the 128, so only four are possible.) */
export function isUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text);
}
