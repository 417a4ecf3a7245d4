import { test } from 'vitest';
import { SCENARIOS } from './scenarios.js';

test.each(SCENARIOS)('$name', ({ run }) => run());
