/** `import 'millrace'`: the client's layers and nothing of the broker. */
export { version } from './base/version.js';
