import { acknowledged } from '../cache/acknowledged.js';
import { assertInvalidateOptions } from '../cache/arguments.js';
import type { Cache } from '../cache/cache.js';
import type { InvalidateOptions } from '../cache/operations.js';
import { CacheConfigError, CacheKeyError } from '../errors.js';
import { explain } from '../explain/explain.js';
import type { Explanation } from '../explain/explanation.js';
import { type Rules, rulesOf } from '../freshness/rules.js';
import { callKey, prefixOfFunction, type ScopePart } from '../keys/call-key.js';
import { digest } from '../keys/digest.js';
import { storedKey } from '../keys/namespace-path.js';
import { atHand } from '../policy/at-hand.js';
import { asErrorTtl } from '../policy/error-ttl.js';
import type { Ttl } from '../policy/profiles.js';
import { FunctionCall } from './function-call.js';
import type { AsyncFunction, Policy } from './function-policy.js';
import { identityOf } from './identity.js';
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
  readonly #prefix: string;
  readonly #tag: string;
  readonly #instancePart: InstancePart;
  readonly #ttl: Ttl | Callback<Ttl>;
  /** @internal For `FunctionCall`. */
  readonly rules: Rules;

  /**
   * @param identity - what else would be served this one's values under the same id
   * @throws CacheConfigError if the id is taken, or the ttl is unknown; CacheClosedError if the cache was closed
   */
  constructor(definition: Definition, cache: Cache, id: string, identity = identityOf(definition)) {
    const { policy, place } = definition;
    cache.engine.assertOpen();
    this.#definition = definition;
    this.#cache = cache;
    this.#id = id;
    this.#ttl = ttlOf(policy, cache, id);
    this.rules = rulesOf(policy, cache.defaults.rules);
    this.#instancePart = instancePart(policy, id);
    this.#prefix = storedKey(cache.path, prefixOfFunction(id, policy.version));
    this.#tag = `\0f:${this.#prefix}`;
    cache.engine.ids.claim(this.#prefix.slice(0, -1), identity, place);
  }

  /** Whether the cache was closed and another one may have its name by now, as after a new configuration. */
  get outdated(): boolean {
    return this.#cache.engine.closed && typeof this.#definition.policy.cache !== 'object';
  }

  call(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#load(self, args, false);
  }

  refresh(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#load(self, args, true);
  }

  peek(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#cache.get(this.key(self, args));
  }

  explain(self: unknown, args: readonly unknown[]): Promise<Explanation> {
    const ttl = typeof this.#ttl === 'function' ? undefined : this.milliseconds(this.#ttl);
    return explain(this.#cache.engine, this.storedKey(self, args), { ...this.rules, ttl });
  }

  delete(self: unknown, args: readonly unknown[]): Promise<boolean> {
    return this.#cache.delete(this.key(self, args));
  }

  async clear(options: InvalidateOptions = {}): Promise<void> {
    const { engine, path } = this.#cache;
    engine.assertOpen();
    assertInvalidateOptions('clear', options);
    await acknowledged('clear', engine.events, options, async (unheard) => {
      if (!(await engine.invalidateTags([this.#tag]))) unheard();
      await engine.tiers.clear(this.#prefix, unheard);
      engine.events.emit('clear', { path });
    });
  }

  /** @throws CacheKeyError if the arguments cannot identify a call */
  key(self: unknown, args: readonly unknown[]): string {
    const { policy } = this.#definition;
    const identity = policy.key ? [atHand('key', (policy.key as Callback<unknown>)(...args))] : args;
    const part = this.#instancePart(self);
    const hash = digest(part ? [part, ...identity] : identity, policy.omit ? { omit: policy.omit } : {});
    return callKey({ id: this.#id, version: policy.version, scope: this.#scope(args) }, hash);
  }

  /** @internal For `FunctionCall`. */
  storedKey(self: unknown, args: readonly unknown[]): string {
    return this.#cache.stored(this.key(self, args));
  }

  /** @internal For `FunctionCall`. */
  tags(args: readonly unknown[]): readonly string[] {
    const { tags } = this.#definition.policy;
    const own =
      typeof tags === 'function' ? atHand('tags', (tags as Callback<readonly string[]>)(...args)) : tags;
    return [this.#tag, ...this.#cache.tags(own)];
  }

  /**
   * The loader runs later than the call, and callers go on using their objects: what was loaded for changed ones must
   * not be stored under the key of the old ones.
   *
   * @internal For `FunctionCall`.
   * @throws CacheKeyError if the call has another key by now
   */
  assertUnchanged(stored: string, self: unknown, args: readonly unknown[]): void {
    const { perInstance } = this.#definition.policy;
    if (typeof perInstance !== 'function' && !args.some(isObject)) return;
    if (storedKey(this.#cache.path, this.key(self, args)) === stored) return;
    throw new CacheKeyError(
      `'${this.#id}': its arguments were changed after the call and before its load. Pass objects that nobody changes.`,
    );
  }

  /** @internal For `FunctionCall`. */
  load(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#definition.fn.apply(self, args as unknown[]);
  }

  /** @internal For `FunctionCall`: how long `value` is fresh, in ms; `undefined` if it is not to be stored. */
  ttl(value: unknown, args: readonly unknown[]): number | undefined {
    const { when } = this.#definition.policy;
    if (when && !atHand('when', (when as Callback<boolean>)(value, ...args))) return undefined;
    const ttl = typeof this.#ttl === 'function' ? atHand('ttl', this.#ttl(value, ...args)) : this.#ttl;
    return this.#cache.milliseconds(ttl);
  }

  /** @internal For `FunctionCall`: how long `error` is remembered, in ms; `undefined` if it is not. */
  errorTtl(error: unknown, args: readonly unknown[]): number | undefined {
    const { cacheErrors } = this.#definition.policy;
    if (!cacheErrors) return undefined;
    const returned = (cacheErrors as Callback<Ttl | false>)(error, ...args);
    return asErrorTtl(returned, (ttl, option) => this.milliseconds(ttl, option));
  }

  /** @internal For `FunctionCall`. */
  milliseconds(ttl: Ttl, option?: string): number {
    return this.#cache.milliseconds(ttl, option);
  }

  #load(self: unknown, args: readonly unknown[], refresh: boolean): Promise<unknown> {
    const call = new FunctionCall(this, self, args, refresh);
    const value = this.#cache.call(call);
    call.leave();
    return value;
  }

  #scope(args: readonly unknown[]): readonly ScopePart[] | undefined {
    const { scope } = this.#definition.policy;
    if (!scope) return undefined;
    const parts = atHand('scope', (scope as Callback<ScopePart | readonly ScopePart[]>)(...args));
    return Array.isArray(parts) ? parts : [parts as ScopePart];
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

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
