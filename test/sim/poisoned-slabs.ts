import { SlabPool } from '../../src/base/slabs.js';

/** Whatever goes round is overwritten at once: who still reads it reads nonsense, and the test that looks at it fails. */
export class PoisonedSlabs extends SlabPool {
  override restore(buffer: Buffer): void {
    buffer.fill(0xdb);
    super.restore(buffer);
  }
}
