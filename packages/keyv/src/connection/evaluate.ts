import type { Request } from './link.js';
import { toWire } from './wire-key.js';

/**
 * The command that runs `script` on `key`. One key, so that it runs in a cluster as it does on a single server; in full
 * and not by its digest, since the second try for a server that does not know it would come after later commands.
 */
export function evaluate(script: string, key: string, ...args: (string | Buffer)[]): Request {
  const wireKey = toWire(key);
  return { command: ['EVAL', script, '1', wireKey, ...args], wireKey, key };
}
