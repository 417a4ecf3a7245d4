import * as wasm from '@bokuweb/zstd-wasm';

/**
 * The WebAssembly build of zstd, ready for use. It keeps one heap for the process and must be initialised once: a
 * second time would give it a new heap under functions bound to the old one. So the promise is made when this module
 * is first imported, which happens once, and only where node:zlib has no zstd.
 */
export const zstdWasm: Promise<typeof wasm> = initialise();

async function initialise(): Promise<typeof wasm> {
  if (!isInitialised()) await wasm.init();
  return wasm;
}

/** Another copy of this module in the same process (one by `import`, one by `require`) may have come first. */
function isInitialised(): boolean {
  try {
    return wasm.compress(Buffer.alloc(0), 1).length > 0;
  } catch {
    return false; // There are no functions to call yet.
  }
}
