/** Where the stream ends: its last entry, the epoch of its history and how many entries that has had. A foreign entry ends a history. */
const LAST = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local epoch, count = ARGV[1], 0
if last and last[2][1] == 'e' and last[2][3] == 'n' and tonumber(last[2][4]) then
  epoch, count = last[2][2], tonumber(last[2][4])
end
local function append(message)
  count = count + 1
  return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*',
    'e', epoch, 'n', string.format('%.0f', count), 'o', ARGV[2], 'm', message)
end
`;

/** ARGV: an epoch if there is none, origin, length, messages. Every entry says which history it belongs to, and its place in it. */
export const APPEND = `${LAST}
for i = 4, #ARGV do append(ARGV[i]) end
return count`;

/** ARGV: an epoch if there is none, origin, length. The end of the stream as \`KNOWN\` shows it; an empty one gets an entry without a message. */
export const TAIL = `${LAST}
if not last then
  append('')
  last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
end
local fields = last[2]
return { last[1], { fields[1], fields[2], fields[3], fields[4], fields[5], fields[6] } }`;

/** ARGV: id. The entry there without its message, which may be long; nothing if the stream has it no more. */
export const KNOWN = `
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then return false end
local fields = entry[2]
return { entry[1], { fields[1], fields[2], fields[3], fields[4], fields[5], fields[6] } }`;
