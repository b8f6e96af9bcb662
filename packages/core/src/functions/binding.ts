import type { Cache } from '../cache/cache.js';
import type { LoadPlan } from '../cache/flights.js';
import { CacheConfigError } from '../errors.js';
import { callKey, prefixOfFunction, type ScopePart } from '../keys/call-key.js';
import { digest } from '../keys/digest.js';
import { storedKey } from '../keys/namespace-path.js';
import type { Ttl } from '../policy/profiles.js';
import type { AsyncFunction, Policy } from './function-policy.js';
import { type InstancePart, instancePart } from './instance-part.js';

/** A function, how it is cached, and where it was wrapped. */
export interface Definition {
  readonly fn: AsyncFunction;
  readonly policy: Policy;
  readonly place: string | undefined;
}

/** Callbacks of a policy, called with whatever the function was called with. */
type Callback<R> = (...args: readonly unknown[]) => R;

/** A definition in its cache, under its id: knows the key of every call and what may be done with its entry. */
export class Binding {
  readonly #definition: Definition;
  readonly #cache: Cache;
  readonly #id: string;
  readonly #tag: string;
  readonly #instancePart: InstancePart;
  readonly #ttl: Ttl | Callback<Ttl>;

  /** @throws CacheConfigError if the id is taken, or the ttl is unknown */
  constructor(definition: Definition, cache: Cache, id: string) {
    const { policy, fn, place } = definition;
    this.#definition = definition;
    this.#cache = cache;
    this.#id = id;
    const name = storedKey(cache.path, prefixOfFunction(id, policy.version));
    cache.engine.ids.claim(name.slice(0, -1), fn, place);
    this.#tag = `\0f:${name}`;
    this.#instancePart = instancePart(policy, id);
    this.#ttl = ttlOf(policy, cache, id);
  }

  call(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#cache.call(this.#plan(self, args, false));
  }

  refresh(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#cache.call(this.#plan(self, args, true));
  }

  peek(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#cache.get(this.key(self, args));
  }

  delete(self: unknown, args: readonly unknown[]): Promise<boolean> {
    return this.#cache.delete(this.key(self, args));
  }

  async clear(): Promise<void> {
    const { engine, path } = this.#cache;
    engine.assertOpen();
    await engine.invalidateTags([this.#tag]);
    await engine.tiers.clear(storedKey(path, prefixOfFunction(this.#id, this.#definition.policy.version)));
    engine.events.emit('clear', { path });
  }

  /** @throws CacheKeyError if the arguments cannot identify a call */
  key(self: unknown, args: readonly unknown[]): string {
    const { policy } = this.#definition;
    const identity = policy.key ? [(policy.key as Callback<unknown>)(...args)] : args;
    const part = this.#instancePart(self);
    const hash = digest(part ? [part, ...identity] : identity, policy.omit ? { omit: policy.omit } : {});
    return callKey({ id: this.#id, version: policy.version, scope: this.#scope(args) }, hash);
  }

  #plan(self: unknown, args: readonly unknown[], refresh: boolean): LoadPlan<unknown> {
    const { fn } = this.#definition;
    return {
      key: this.#cache.stored(this.key(self, args)),
      tags: [this.#tag, ...this.#cache.tags(this.#tags(args))],
      load: () => fn.apply(self, args as unknown[]),
      ttl: (value) => this.#life(value, args),
      refresh,
    };
  }

  /** How long `value` is fresh, in ms; `undefined` if it is not to be stored. */
  #life(value: unknown, args: readonly unknown[]): number | undefined {
    const { when } = this.#definition.policy;
    if (when && !(when as Callback<boolean>)(value, ...args)) return undefined;
    const ttl = typeof this.#ttl === 'function' ? this.#ttl(value, ...args) : this.#ttl;
    return this.#cache.milliseconds(ttl);
  }

  #scope(args: readonly unknown[]): readonly ScopePart[] {
    const { scope } = this.#definition.policy;
    if (!scope) return [];
    const parts = (scope as Callback<ScopePart | readonly ScopePart[]>)(...args);
    return Array.isArray(parts) ? parts : [parts as ScopePart];
  }

  #tags(args: readonly unknown[]): readonly string[] {
    const { tags } = this.#definition.policy;
    return typeof tags === 'function' ? (tags as Callback<readonly string[]>)(...args) : (tags ?? []);
  }
}

function ttlOf(policy: Policy, cache: Cache, id: string): Ttl | Callback<Ttl> {
  const ttl = (policy.ttl ?? cache.defaults.ttl) as Ttl | Callback<Ttl> | undefined;
  if (ttl === undefined) {
    throw new CacheConfigError(
      `ttl: none was given for '${id}', and its cache has none. Allowed: a duration such as '5m', or 'forever'.`,
    );
  }
  if (typeof ttl !== 'function') cache.milliseconds(ttl);
  return ttl;
}
