import {
  type Backend,
  CacheConfigError,
  type Clock,
  type Codec,
  describe,
  encoded,
  jsonCodec,
} from '@keepsake/core';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { keyvByteStore, type RawStore } from './keyv-store.js';

/** How a Keyv store is used as a tier. */
export interface KeyvOptions {
  /** Names the tier in stats, events and errors. @default 'keyv' */
  readonly name?: string;
  /** How values are written. @default jsonCodec() */
  readonly codec?: Codec;
  /** @default systemClock */
  readonly clock?: Clock;
}

const OPTIONS: readonly string[] = ['name', 'codec', 'clock'];
const GLOB = /[*?[\]\\]/;

/**
 * Any Keyv store as a tier: a `Keyv`, one of its store adapters, or a `Map`.
 *
 * Keyv's own serialisation, expiry and statistics are left out; its namespace is kept, as a literal prefix. The store
 * must be able to list its keys. It is made to throw its errors where it can; it belongs to the application and stays
 * open when the tier is closed. For Redis prefer `redis()`: an adapter's client may wait long for a server that is gone.
 *
 * @throws CacheConfigError if the store cannot list its keys, its namespace holds a glob character, or an option is unknown
 * @example
 * ```ts
 * import { keyv } from '@keepsake/keyv';
 * import { Keyv } from 'keyv';
 * const tier = keyv(new Keyv({ namespace: 'shop' }));
 * ```
 */
export function keyv(
  store: Keyv | KeyvStoreAdapter | Map<string, unknown>,
  options: KeyvOptions = {},
): Backend {
  refuseUnknown(options);
  const { name = 'keyv', codec = jsonCodec(), clock } = options;
  const raw = rawStoreOf(store);
  const bytes = keyvByteStore(raw, name, prefixOf(store));
  const backend = encoded(bytes, codec, clock ? { clock } : {});
  return raw instanceof Map ? Object.assign(backend, { local: true as const }) : backend;
}

function rawStoreOf(store: Keyv | KeyvStoreAdapter | Map<string, unknown>): RawStore {
  const raw: unknown = isKeyv(store) ? store.store : store;
  if (raw instanceof Map) return raw as Map<string, unknown>;
  if (!isAdapter(raw)) {
    throw new CacheConfigError('keyv(): the store must be a Keyv, a Keyv store adapter or a Map.');
  }
  if (typeof raw.iterator !== 'function') {
    throw new CacheConfigError(
      'keyv(): this store cannot list its keys (it has no iterator), so that nothing could be cleared. ' +
        'Use one that can, or write a backend of your own.',
    );
  }
  if (raw.namespace && GLOB.test(raw.namespace)) {
    throw new CacheConfigError(
      `keyv(): namespace '${raw.namespace}' holds a glob character: the store would list keys of others as its own. ` +
        'Allowed: a namespace without * ? [ ] and \\.',
    );
  }
  return listening(raw);
}

/** An `error` event that nobody hears ends the process; an error that is not thrown is a silent miss. */
function listening(store: KeyvStoreAdapter & { throwOnErrors?: boolean }): RawStore {
  store.on?.('error', () => {});
  if ('throwOnErrors' in store) store.throwOnErrors = true;
  return store;
}

function prefixOf(store: Keyv | KeyvStoreAdapter | Map<string, unknown>): string {
  return isKeyv(store) && store.useKeyPrefix && store.namespace ? `${store.namespace}:` : '';
}

/** Not `instanceof` alone: the application may hold another copy of the package. */
function isKeyv(store: unknown): store is Keyv {
  return store instanceof Keyv || (isAdapter(store) && 'serializeData' in store && 'store' in store);
}

function isAdapter(store: unknown): store is KeyvStoreAdapter {
  const { get, set, delete: remove } = (store ?? {}) as Record<string, unknown>;
  return [get, set, remove].every((method) => typeof method === 'function');
}

function refuseUnknown(options: KeyvOptions): void {
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown === undefined) return;
  throw new CacheConfigError(`keyv(): ${describe(unknown)} is no option. Allowed: ${OPTIONS.join(', ')}.`);
}
