import { toWire } from './redis-key.js';
import type { Request } from './redis-link.js';
import { HEADER, INSTANTS_AT } from './redis-value.js';

/** Whether the value under the key is an entry of ours, as far as a script can see; a list or a hash is an error. */
const IS_ENTRY = `
local head = redis.call('GETRANGE', KEYS[1], 0, 3)
local live = (head == 'E\\0k1' or head == 'B\\0k1') and redis.call('STRLEN', KEYS[1]) >= ${HEADER}
`;

/** ARGV: value, life in ms or '', 'absent' or 'present'. 1 if it was stored. Not SET NX: that takes a foreign value for an entry. */
export const SET_IF = `${IS_ENTRY}
if live ~= (ARGV[3] == 'present') then return 0 end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1`;

/** ARGV: the new instants, life in ms or ''. Overwrites them in place, so that a set between a read and a write is never lost. */
export const TOUCH = `${IS_ENTRY}
if not live then return 0 end
redis.call('SETRANGE', KEYS[1], ${INSTANTS_AT}, ARGV[1])
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/** ARGV: by, life in ms or ''. The life counts from the creation. */
export const INCREMENT = `
local created = redis.call('EXISTS', KEYS[1]) == 0
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if created and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value`;

/**
 * The command that runs `script` on `key`. One key, so that it runs in a cluster as it does on a single server; in full
 * and not by its digest, since the second try for a server that does not know it would come after later commands.
 */
export function evaluate(script: string, key: string, ...args: (string | Buffer)[]): Request {
  const wireKey = toWire(key);
  return { command: ['EVAL', script, '1', wireKey, ...args], wireKey, key };
}
