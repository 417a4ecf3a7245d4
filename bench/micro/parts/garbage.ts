/** Collections when they are asked for, without a flag of Node's. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** Only contexts made from now on have it. */
export const collectGarbage = runInNewContext('gc') as () => void;
