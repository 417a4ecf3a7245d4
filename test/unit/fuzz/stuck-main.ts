/** A process whose target never comes back: in a loop, or for a promise that nobody keeps. The watchdog has to end it. */
import { Watchdog } from '../../fuzz/watchdog.js';

const [directory, manner] = process.argv.slice(2);
const watchdog = new Watchdog({
  directory: directory!,
  processorMsMax: 400,
  wallMsMax: manner === 'loop' ? 600_000 : 400,
});
watchdog.begin(Buffer.from('an input that ends'));
watchdog.end();
watchdog.begin(Buffer.from(`stuck in a ${manner}`));
if (manner === 'loop') for (;;);
await new Promise(() => {});
