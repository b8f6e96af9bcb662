import { type Backend, wrap } from '@keepsake/core';
import { type FileOptions, file } from '@keepsake/file';
import { type MemoryOptions, memory } from '@keepsake/memory';
import type { BackendConfig, ValidConfig } from '../config/schema.js';
import { loadKeyvPackage } from './keyv-package.js';
import { lazyBackend } from './lazy-backend.js';

type Of<T extends BackendConfig['type']> = Omit<Extract<BackendConfig, { type: T }>, 'type'>;

/** The backend that a config calls `name`. */
export function makeBackend(name: string, { type, ...options }: BackendConfig): Backend {
  switch (type) {
    case 'memory':
      return memory({ ...stated<MemoryOptions>(options as Of<'memory'>), name });
    case 'file':
      return file(fileOptions(name, options as Of<'file'>));
    case 'redis':
      return lazyBackend({
        name,
        load: () => loadRedis(name, options as Of<'redis'>),
        has: REDIS_CAPABILITIES,
      });
    case 'keyv':
      return lazyBackend({ name, load: () => loadKeyv(name, options as Of<'keyv'>), has: [] });
    case 'custom':
      return named(name, (options as Of<'custom'>).create());
  }
}

/** What `redis()` can, beyond what every backend can. */
export const REDIS_CAPABILITIES = [
  'getMany',
  'setMany',
  'deleteMany',
  'touch',
  'setIf',
  'increment',
  'ping',
  'acquire',
  'fill',
  'renew',
  'release',
  'occupied',
  'bus',
] as const;

/** Starts to load what the backends of a config need, so that the first call does not wait for it. */
export function warmUp(config: ValidConfig): void {
  const types = Object.values(config.backends ?? {}).map(({ type }) => type);
  // A failure is told to whoever needs the backend.
  if (types.includes('redis') || types.includes('keyv')) loadKeyvPackage().catch(() => undefined);
}

async function loadRedis(name: string, options: Of<'redis'>): Promise<Backend> {
  const { redis } = await loadKeyvPackage();
  // The schema has checked them; it cannot say that an absent option is never `undefined`.
  return redis({ ...stated(options), name } as Parameters<typeof redis>[0]);
}

async function loadKeyv(name: string, { store }: Of<'keyv'>): Promise<Backend> {
  const { keyv } = await loadKeyvPackage();
  return keyv(store as Parameters<typeof keyv>[0], { name });
}

function fileOptions(name: string, { fileMode, directoryMode, ...options }: Of<'file'>): FileOptions {
  return stated<FileOptions>({
    ...options,
    name,
    fileMode: bits(fileMode),
    directoryMode: bits(directoryMode),
  });
}

function bits(permissions: string | number | undefined): number | undefined {
  return typeof permissions === 'string' ? Number.parseInt(permissions, 8) : permissions;
}

function named(name: string, backend: Backend): Backend {
  return backend.name === name ? backend : wrap(backend, { name });
}

/** `options` without those that are `undefined`. */
function stated<T>(options: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
