import { type Awaitable, type ByteStore, chain } from '@keepsake/core';
import type { KeyvStoreAdapter } from 'keyv';

/** What of a store is used: its own methods, never Keyv's. */
export type RawStore = Map<string, unknown> | (KeyvStoreAdapter & Partial<RedisAdapter>);

/** What `@keyv/redis` has beside the adapter's methods. */
interface RedisAdapter {
  throwOnErrors: boolean;
  keyPrefixSeparator: string;
  getClient(): Promise<unknown>;
}

/**
 * How a store is told apart from others that share its space, and what we write from what others do: text and bytes
 * each behind a mark, since many a store takes strings only.
 */
const TEXT = '\0k1t';
const BYTES = '\0k1b';

/**
 * The store behind Keyv as a `ByteStore`. Its own methods are called, so that neither Keyv's JSON nor its key prefixing
 * comes between: under namespace `n` Keyv takes the keys `a` and `n:a` for one.
 *
 * @param prefix - in front of every key
 */
export function keyvByteStore(store: RawStore, name: string, prefix: string): ByteStore {
  const opened = sharedOpening(store);
  const escaping = escapeFor(store);
  const named = (key: string): string => escaping.escaped(prefix + key);

  /** The key of a listed pair, if it is ours and under the prefix. */
  const keyOf = ([stored, data]: readonly unknown[], under: string): string | undefined => {
    if (typeof stored !== 'string' || contentOf(data) === undefined) return undefined;
    const key = escaping.original(stored);
    return key.startsWith(prefix + under) ? key.slice(prefix.length) : undefined;
  };

  async function* listed(under: string): AsyncGenerator<string> {
    await opened();
    const seen = new Set<string>();
    for await (const pair of pairsOf(store)) {
      const key = keyOf(pair, under);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      yield key;
    }
  }

  return {
    name,
    read: (key) => chain(opened(), () => chain(store.get(named(key)) as Awaitable<unknown>, contentOf)),
    write(key, data, ttl) {
      const life = Number.isFinite(ttl) ? Math.ceil(ttl) : undefined;
      const written = chain(
        opened(),
        () => store.set(named(key), markedData(data), life) as Awaitable<unknown>,
      );
      return chain(written, () => undefined);
    },
    remove: (key) => chain(opened(), () => store.delete(named(key))),
    clear(under = '') {
      if (store instanceof Map) {
        for (const pair of [...store]) {
          if (keyOf(pair, under) !== undefined) store.delete(pair[0]);
        }
        return;
      }
      return removeAll(listed(under), (key) => store.delete(named(key)));
    },
    keys(under = '') {
      if (!(store instanceof Map)) return listed(under);
      return [...store].map((pair) => keyOf(pair, under)).filter((key) => key !== undefined);
    },
  };
}

async function removeAll(keys: AsyncIterable<string>, remove: (key: string) => unknown): Promise<void> {
  for await (const key of keys) await remove(key);
}

function markedData(data: string | Uint8Array): string {
  return typeof data === 'string' ? TEXT + data : BYTES + Buffer.from(data).toString('base64');
}

function contentOf(data: unknown): string | Uint8Array | undefined {
  if (typeof data !== 'string') return undefined;
  if (data.startsWith(TEXT)) return data.slice(TEXT.length);
  return data.startsWith(BYTES) ? Buffer.from(data.slice(BYTES.length), 'base64') : undefined;
}

function pairsOf(store: RawStore): Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]> {
  return store instanceof Map ? store : (store.iterator?.(store.namespace) ?? []);
}

/** One connect for all callers: `@keyv/redis` lets the second one through while a cluster still discovers its slots. */
function sharedOpening(store: RawStore): () => Awaitable<unknown> {
  if (store instanceof Map || !store.getClient) return () => undefined;
  let opening: Promise<unknown> | undefined;
  return () => {
    opening ??= store.getClient?.().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}

interface Escaping {
  escaped(key: string): string;
  original(stored: string): string;
}

/**
 * `@keyv/redis` without a namespace does not list keys that hold its separator. There the separator's characters are
 * percent-encoded, so that a key which was stored is also found.
 */
function escapeFor(store: RawStore): Escaping {
  const separator = store instanceof Map || store.namespace ? '' : (store.keyPrefixSeparator ?? '');
  if (separator === '') return { escaped: (key) => key, original: (stored) => stored };
  const special = new Set(['%', ...separator]);
  return {
    escaped: (key) => Array.from(key, (one) => (special.has(one) ? encodeURIComponent(one) : one)).join(''),
    original: (stored) => stored.replace(/%[0-9A-F]{2}/g, (code) => decodeURIComponent(code)),
  };
}
