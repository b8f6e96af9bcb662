import type { Backend } from '../contract/backend.js';

/** Whether a stored key is meant. */
export type KeyMatcher = (key: string) => boolean;

/** Adds to `keys` what a backend lists under `prefix` and `matches`, keys that are only leased included. */
export async function collectKeys(
  backend: Backend,
  prefix: string,
  matches: KeyMatcher,
  keys: Set<string>,
): Promise<void> {
  // Leases first: one that becomes an entry in between is then seen once at least.
  for await (const key of backend.leased?.(prefix) ?? []) if (matches(key)) keys.add(key);
  for await (const key of backend.keys(prefix)) if (matches(key)) keys.add(key);
}
