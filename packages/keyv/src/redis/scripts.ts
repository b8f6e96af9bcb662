import { CREATED_AT, EXPIRES_AT, HEADER, INSTANTS_AT, LEASE_AT } from './value.js';

/** Whether a value is ours, of one of the types. A list or a hash, whose reading fails, is not. */
const OURS = `
local function typed(value, types)
  return type(value) == 'string' and string.sub(value, 2, 4) == '\\0k2' and string.find(types, string.sub(value, 1, 1), 1, true) ~= nil
end`;

/** The server's time in ms. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * Whether a header is that of a live entry of ours, as far as a script can see. The lease of a refresh may have kept an
 * entry beyond its end.
 */
export const IS_ENTRY = `${OURS}${NOW}
local function isEntry(header)
  return typed(header, 'EB') and #header >= ${HEADER} and struct.unpack('>d', header, ${EXPIRES_AT + 1}) > now
end`;

/** The header of what is there. */
const HEAD = `${IS_ENTRY}
local header = redis.pcall('GETRANGE', KEYS[1], 0, ${HEADER - 1})
local live = isEntry(header)
`;

/** ARGV: value, life in ms or '', 'absent' or 'present'. 1 if it was stored. Not SET NX: that takes a foreign value for an entry. */
export const SET_IF = `${HEAD}
if live ~= (ARGV[3] == 'present') then return 0 end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1`;

/**
 * ARGV: the new instants, life in ms or ''. Overwrites them in place, so that a set between a read and a write is never
 * lost, and voids a lease: what is being loaded would undo it.
 */
export const TOUCH = `${HEAD}
if not live then return 0 end
redis.call('SETRANGE', KEYS[1], ${LEASE_AT}, string.rep('\\0', ${CREATED_AT - LEASE_AT}))
redis.call('SETRANGE', KEYS[1], ${INSTANTS_AT}, ARGV[1])
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/** 1 if a live value was removed: a counter too, but no lease, and no entry that only a lease has kept. */
export const DELETE = `${IS_ENTRY}
local header = redis.pcall('GETRANGE', KEYS[1], 0, ${HEADER - 1})
local removed = redis.call('UNLINK', KEYS[1])
if typed(header, 'EBL') and not isEntry(header) then return 0 end
return removed`;

/** ARGV: by, life in ms or ''. The life counts from the creation. */
export const INCREMENT = `
local created = redis.call('EXISTS', KEYS[1]) == 0
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if created and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value`;
