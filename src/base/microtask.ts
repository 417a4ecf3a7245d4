/**
 * `queueMicrotask`, taken when this module loads. Fake timers that a user's test installs later replace the global (Jest's do, unless
 * told not to), and a broker in that process would wait for ever for a turn of its own.
 */
export const { queueMicrotask } = globalThis;
