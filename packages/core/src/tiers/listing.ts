import type { Backend } from '../contract/backend.js';

/** Whether a stored key is meant. */
export type KeyMatcher = (key: string) => boolean;

/** Adds to `keys` what a backend holds under `prefix` and `matches`, keys that are only leased included. */
export async function collectKeys(
  backend: Backend,
  prefix: string,
  matches: KeyMatcher,
  keys: Set<string>,
): Promise<void> {
  for await (const key of backend.occupied?.(prefix) ?? backend.keys(prefix)) if (matches(key)) keys.add(key);
}
