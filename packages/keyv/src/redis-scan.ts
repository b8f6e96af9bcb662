import { replyKind } from './redis-errors.js';
import { fromWire, type WireKey, wirePrefix } from './redis-key.js';
import type { LinkShard, RedisLink } from './redis-link.js';
import { isOurs, MARK_LENGTH } from './redis-value.js';

/** Keys that SCAN looks at in one step: few enough not to hold up the server, enough for few round trips. */
const STEP = 1000;
const INTERNAL = '\0';

/**
 * The keys that start literally with `prefix`, in batches, each once. Without a prefix only those whose value bears our
 * mark: the database may be shared. SCAN in steps, on every master of a cluster.
 */
async function* scan(link: RedisLink, prefix: string): AsyncGenerator<readonly string[]> {
  for (const shard of await link.shards()) {
    for await (const keys of scanShard(shard, prefix)) yield keys;
  }
}

/** As `scan`, without the internal keys unless `prefix` names them. */
export async function* visibleKeys(link: RedisLink, prefix: string): AsyncGenerator<string> {
  const internalToo = prefix.startsWith(INTERNAL);
  for await (const keys of scan(link, prefix)) {
    for (const key of keys) if (internalToo || !key.startsWith(INTERNAL)) yield key;
  }
}

/** Removes what `scan` finds, step by step. Never KEYS, FLUSHDB or a foreign key. */
export async function clearByScan(link: RedisLink, prefix: string): Promise<void> {
  await Promise.all((await link.shards()).map((shard) => clearShard(shard, prefix)));
}

/** `prefix` as a glob of Redis that matches what starts with it. A prefilter only: the prefix itself decides. */
export function matchOf(prefix: string): string {
  return `${wirePrefix(prefix).replace(/[*?[\]\\^-]/g, '\\$&')}*`;
}

async function clearShard(shard: LinkShard, prefix: string): Promise<void> {
  for await (const { bytes } of found(shard, prefix)) {
    // One command per key: in a cluster they lie in different slots. They travel together all the same.
    await Promise.all(bytes.map((key) => shard.send({ command: ['UNLINK', key], repeatable: true })));
  }
}

async function* scanShard(shard: LinkShard, prefix: string): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  for await (const { keys } of found(shard, prefix)) {
    // SCAN may return a key more than once while the table is being rehashed.
    const fresh = keys.filter((key) => !seen.has(key));
    for (const key of fresh) seen.add(key);
    if (fresh.length > 0) yield [...new Set(fresh)];
  }
}

interface Found {
  readonly keys: readonly string[];
  readonly bytes: readonly Buffer[];
}

async function* found(shard: LinkShard, prefix: string): AsyncGenerator<Found> {
  const match = ['MATCH', matchOf(prefix), 'COUNT', String(STEP)];
  let cursor = '0';
  do {
    const command = ['SCAN', cursor, ...match];
    const [next, all] = (await shard.send({ command, repeatable: true })) as readonly [
      Buffer,
      readonly Buffer[],
    ];
    cursor = next.toString();
    const bytes = all.filter((key) => fromWire(key).startsWith(prefix));
    const ours = prefix === '' ? await marked(shard, bytes) : bytes;
    if (ours.length > 0) yield { keys: ours.map(fromWire), bytes: ours };
  } while (cursor !== '0');
}

async function marked(shard: LinkShard, keys: readonly Buffer[]): Promise<readonly Buffer[]> {
  const ours = await Promise.all(keys.map((key) => isMarked(shard, key)));
  return keys.filter((_key, at) => ours[at]);
}

async function isMarked(shard: LinkShard, key: WireKey): Promise<boolean> {
  const command = ['GETRANGE', key, '0', String(MARK_LENGTH - 1)];
  try {
    return isOurs((await shard.send({ command, repeatable: true })) as Buffer);
  } catch (error) {
    // A list or a hash under this key: not ours.
    if (replyKind((error as Error).cause) === 'WRONGTYPE') return false;
    throw error;
  }
}
