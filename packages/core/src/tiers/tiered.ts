import { type Awaitable, chain, settle } from '../contract/awaitable.js';
import type { Backend } from '../contract/backend.js';
import type { Entry } from '../contract/entry.js';
import type { Clock } from '../time/clock.js';
import { assertTier } from './assert-tier.js';
import type { Fence } from './epochs.js';
import { flattened, markComposite } from './flattened.js';
import type { TierOptions } from './tier.js';
import { TierStack } from './tier-stack.js';

/**
 * A stack of tiers that is a backend: reads go front → back and are copied forward, writes go back → front.
 * `createCache` flattens nested stacks into its own.
 *
 * @param tiers - front first; `maxTtl` bounds the life of entries in one tier
 * @throws CacheConfigError if there are none, or one is no backend
 * @example
 * ```ts
 * import { createCache, file, memory, tiered } from 'keepsake';
 * const backend = tiered([{ backend: memory(), maxTtl: '1m' }, file({ directory: '.cache' })]);
 * const cache = createCache({ backend });
 * ```
 */
export function tiered(
  tiers: readonly (Backend | TierOptions)[],
  options: { readonly clock?: Clock } = {},
): Backend {
  tiers.forEach(assertTier);
  const flat = tiers.flatMap(flattened);
  const stack = new TierStack(flat, options);
  const composite: Backend = { ...required(stack), ...ofBack(stack), ...ofFront(stack) };
  markComposite(composite, flat);
  return composite;
}

function required(stack: TierStack): Backend {
  return {
    name: 'tiered',
    ...(stack.tiers.every((tier) => tier.local) ? { local: true } : {}),
    get: (key) => liveEntry(stack, key),
    set: (key, entry) => chain(stack.set(key, entry), () => undefined),
    delete: (key) => stack.delete(key),
    clear: (prefix) => stack.clear(prefix),
    keys: (prefix) => keysOf(stack, prefix),
    getMany: (keys) => liveEntries(stack, keys),
    setMany: (items) => stack.setMany(items),
    deleteMany: (keys) => stack.deleteMany(keys),
    touch: (key, staleAt, expiresAt) => stack.touch(key, staleAt, expiresAt),
    setIf: (key, entry, condition) => stack.setIf(key, entry, condition),
    increment: (key, by, ttl) => stack.increment(key, by, ttl),
    sweep: () => stack.sweep(),
    close: () => stack.close(),
  };
}

/** What only the shared truth can say. */
function ofBack(stack: TierStack): Partial<Backend> {
  const { backend } = stack.back;
  const { acquire, fill, renew, release, occupied, info, ping, bus } = backend;
  return {
    ...(info ? { info: () => info.call(backend) } : {}),
    ...(bus ? { bus: (channel) => bus.call(backend, channel) } : {}),
    ...(ping ? { ping: () => ping.call(backend) } : {}),
    ...(occupied ? { occupied: (prefix) => occupiedOf(stack, prefix) } : {}),
    ...(renew ? { renew: (key, token, ttl) => renew.call(backend, key, token, ttl) } : {}),
    ...(release ? { release: (key, token) => release.call(backend, key, token) } : {}),
    ...(acquire && fill ? { acquire: leases(stack), fill: fills(stack) } : {}),
  };
}

/** A fresh entry of any tier before a stale one of any. */
function liveEntry(stack: TierStack, key: string): Awaitable<Entry | undefined> {
  return chain(stack.reader.find(key), (found) =>
    found ? found.entry : chain(stack.reader.findLive(key), (stale) => stale?.entry),
  );
}

async function liveEntries(
  stack: TierStack,
  keys: readonly string[],
): Promise<readonly (Entry | undefined)[]> {
  const found = await stack.reader.findMany(keys);
  return Promise.all(
    found.map(async (fresh, i) => {
      const entry = fresh ?? (await stack.reader.findLive(keys[i] as string));
      return entry?.entry;
    }),
  );
}

function leases(stack: TierStack): NonNullable<Backend['acquire']> {
  return (key, token, ttl, refresh) =>
    chain(refresh ? undefined : liveEntry(stack, key), (entry) =>
      entry ? { entry } : stack.back.acquire(key, token, ttl, refresh),
    );
}

function fills(stack: TierStack): NonNullable<Backend['fill']> {
  return (key, entry, token) =>
    underFence(stack, key, (fence) => stack.fills.under(fence, key, entry, token));
}

function underFence<T>(stack: TierStack, key: string, work: (fence: Fence) => Awaitable<T>): Awaitable<T> {
  const fence = stack.epochs.open(key);
  return settle(
    () => work(fence),
    () => stack.epochs.close(fence),
  );
}

function ofFront(stack: TierStack): Partial<Backend> {
  const { backend } = stack.front;
  const { pin } = backend;
  return pin ? { pin: (key) => pin.call(backend, key) } : {};
}

/** The keys of all tiers, each once. */
function keysOf(stack: TierStack, prefix?: string): AsyncIterable<string> {
  return eachOnce(stack.tiers.map(({ backend }) => backend.keys(prefix)));
}

/** The keys of all tiers and those that are leased, each once. */
function occupiedOf(stack: TierStack, prefix?: string): AsyncIterable<string> {
  return eachOnce(stack.tiers.map(({ backend }) => backend.occupied?.(prefix) ?? backend.keys(prefix)));
}

async function* eachOnce(
  listings: readonly (Iterable<string> | AsyncIterable<string>)[],
): AsyncIterable<string> {
  const seen = new Set<string>();
  for (const listing of listings) {
    for await (const key of listing) {
      if (!seen.has(key)) yield key;
      seen.add(key);
    }
  }
}
