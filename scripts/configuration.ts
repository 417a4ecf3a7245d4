/** Writes docs/configuration.md anew; the test of test/unit/broker/settings compares it with what this would write. */
import { writeFileSync } from 'node:fs';
import { configurationPage } from './configuration-page.js';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('configuration.ts takes the path of the page');
writeFileSync(path, configurationPage());
