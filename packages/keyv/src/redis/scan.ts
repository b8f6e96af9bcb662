import { replyKind } from '../connection/errors.js';
import type { LinkShard, RedisLink } from '../connection/link.js';
import { fromWire, toWire, type WireKey, wirePrefix } from '../connection/wire-key.js';
import { HEADER, isEntry, isOurs } from './value.js';

/** Keys that SCAN looks at in one step: few enough not to hold up the server, enough for few round trips. */
const STEP = 1000;
const INTERNAL = '\0';

/**
 * The keys that start literally with `prefix`, in batches, each once. Without a prefix only those whose value bears our
 * mark: the database may be shared. SCAN in steps, on every master of a cluster.
 */
async function* scan(link: RedisLink, prefix: string): AsyncGenerator<Scanned> {
  for (const shard of await link.shards()) {
    for await (const keys of scanShard(shard, prefix)) yield { shard, keys };
  }
}

interface Scanned {
  readonly shard: LinkShard;
  readonly keys: readonly string[];
}

/** The keys that hold an entry or are leased. Without the internal keys unless `prefix` names them. */
export async function* occupiedKeys(link: RedisLink, prefix: string): AsyncGenerator<string> {
  for await (const { keys } of scan(link, prefix)) yield* listed(keys, prefix);
}

/** As `occupiedKeys`, without those that are only leased. */
export async function* visibleKeys(
  link: RedisLink,
  prefix: string,
  now: () => number,
): AsyncGenerator<string> {
  for await (const { shard, keys } of scan(link, prefix)) {
    const heads = await headsOf(shard, keys.map(toWire));
    yield* listed(
      keys.filter((_key, i) => isVisible(heads[i], now())),
      prefix,
    );
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
  const heads = await headsOf(shard, keys);
  return keys.filter((_key, at) => {
    const head = heads[at];
    return head !== undefined && isOurs(head);
  });
}

/** The headers of what is under `keys`; nothing for a list or a hash, and for what is gone. */
function headsOf(shard: LinkShard, keys: readonly WireKey[]): Promise<readonly (Buffer | undefined)[]> {
  return Promise.all(keys.map((key) => headOf(shard, key)));
}

async function headOf(shard: LinkShard, key: WireKey): Promise<Buffer | undefined> {
  const command = ['GETRANGE', key, '0', String(HEADER - 1)];
  try {
    const head = (await shard.send({ command, repeatable: true })) as Buffer;
    return head.length === 0 ? undefined : head;
  } catch (error) {
    if (replyKind((error as Error).cause) === 'WRONGTYPE') return undefined;
    throw error;
  }
}

/** A counter is, though it bears no mark. */
function isVisible(head: Buffer | undefined, now: number): boolean {
  return head !== undefined && (!isOurs(head) || isEntry(head, now));
}

function listed(keys: readonly string[], prefix: string): readonly string[] {
  return prefix.startsWith(INTERNAL) ? keys : keys.filter((key) => !key.startsWith(INTERNAL));
}
