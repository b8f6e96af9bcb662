import { type Backend, wrap } from '@keepsake/core';
import { backendNameOf } from '../config/references.js';
import type { BackendConfig, ValidConfig } from '../config/schema.js';
import { makeBackend } from './make-backend.js';
import { registry } from './registry.js';

/** A backend that several caches use: the last one to close closes it. */
export interface SharedBackend {
  readonly backend: Backend;
  users: number;
}

/** The backend `name` for one cache. It is made once, however many caches name it. */
export function takeBackend(name: string, config: ValidConfig): Backend {
  const options = config.backends?.[name] as BackendConfig; // a config that was checked names no other
  if (usersIn(config, name) === 1) return makeBackend(name, options);
  const { backends } = registry();
  const shared = backends.get(name) ?? { backend: makeBackend(name, options), users: 0 };
  backends.set(name, shared);
  shared.users++;
  return wrap(shared.backend, {
    close() {
      if (--shared.users > 0) return;
      if (backends.get(name) === shared) backends.delete(name);
      return shared.backend.close?.();
    },
  });
}

function usersIn(config: ValidConfig, name: string): number {
  const caches = Object.values(config.caches ?? {});
  return caches.filter((cache) => cache.tiers.some((tier) => backendNameOf(tier) === name)).length;
}
