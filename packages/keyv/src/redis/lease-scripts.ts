import { IS_ENTRY } from './scripts.js';
import { AWAITED_AT, CREATED_AT, HEADER, LEASE_AT, LEASE_END_AT, LEASE_LENGTH } from './value.js';

// Nishtala et al., Scaling Memcache at Facebook, NSDI 2013, section 3.2.1: the right to fill a key is a token that every
// other write of the key voids. Here it lies in the value itself, so that no other write has to know of it.

const NOBODY = `string.rep('\\0', ${LEASE_LENGTH})`;

/** What a header says of its lease. */
const LEASES = `${IS_ENTRY}
local function holder(header)
  if not typed(header, 'EBL') or #header < ${CREATED_AT} then return nil end
  local lease = string.sub(header, ${LEASE_AT + 1}, ${LEASE_AT + LEASE_LENGTH})
  if lease == ${NOBODY} or struct.unpack('>d', header, ${LEASE_END_AT + 1}) <= now then return nil end
  return lease
end
local function awaited(header)
  return string.byte(header, ${AWAITED_AT + 1}) == 1
end
local function outlast(ttl)
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left < ttl then redis.call('PEXPIRE', KEYS[1], ttl) end
end`;

/** The header of what is there. */
const HEAD = `${LEASES}
local header = redis.pcall('GETRANGE', KEYS[1], 0, ${HEADER - 1})`;

/**
 * ARGV: lease, its ttl in ms, 'refresh' or ''. The value if it is a live entry (without 'refresh'), 1 if the lease is
 * granted, 0 if it is held. A lease that is asked for again by its holder is granted: the first answer may be lost.
 */
export const ACQUIRE = `${LEASES}
local value = redis.pcall('GET', KEYS[1])
local live = isEntry(value)
if live and ARGV[3] == '' then return value end
local held = holder(value)
if held and held ~= ARGV[1] then
  if not awaited(value) then redis.call('SETRANGE', KEYS[1], ${AWAITED_AT}, '\\1') end
  return 0
end
local slot = ARGV[1] .. struct.pack('>d', now + ARGV[2]) .. ((held and awaited(value)) and '\\1' or '\\0')
if live then
  redis.call('SETRANGE', KEYS[1], ${LEASE_AT}, slot)
  outlast(tonumber(ARGV[2]))
else
  redis.call('SET', KEYS[1], 'L\\0k2' .. slot, 'PX', ARGV[2])
end
return 1`;

/** ARGV: value, life in ms, '' for ever or '0' for none, lease. 0 if the lease is void, 2 if somebody waits for it, else 1. */
export const FILL = `${HEAD}
if holder(header) ~= ARGV[3] then return 0 end
if ARGV[2] == '0' then redis.call('UNLINK', KEYS[1])
elseif ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return awaited(header) and 2 or 1`;

/** ARGV: lease, ttl in ms. 0 if it is void. The entry under it is kept for as long. */
export const RENEW = `${HEAD}
if holder(header) ~= ARGV[1] then return 0 end
redis.call('SETRANGE', KEYS[1], ${LEASE_END_AT}, struct.pack('>d', now + ARGV[2]))
outlast(tonumber(ARGV[2]))
return 1`;

/** ARGV: lease. What only a lease has kept goes with it. 0 if it was void, 2 if somebody waits for it, else 1. */
export const RELEASE = `${HEAD}
if holder(header) ~= ARGV[1] then return 0 end
if isEntry(header) then redis.call('SETRANGE', KEYS[1], ${LEASE_AT}, string.rep('\\0', ${CREATED_AT - LEASE_AT}))
else redis.call('UNLINK', KEYS[1]) end
return awaited(header) and 2 or 1`;
