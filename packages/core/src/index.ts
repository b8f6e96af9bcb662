// Wrap a function, annotate a method.
export { cached } from './functions/cached.js';
export { cachedBatch } from './batch/cached-batch.js';
export type { BatchContext } from './batch/batch-context.js';
export type { CachedBatch, CheckBatch, ItemOf, LoadMany, ValueOf } from './batch/batch-function.js';
export type { BatchPolicy } from './batch/batch-policy.js';
export type { BatchResult } from './batch/batch-result.js';
export { Cached, type CachedDecorator } from './decorators/cached.js';
export type { AsyncFunction, CachedFunction, FunctionPolicy, Policy } from './functions/function-policy.js';
export type { CheckPolicy, MethodPolicy, PolicyMismatch, UnknownOption } from './decorators/method-policy.js';
export type { EarlyRefresh, FreshnessOptions } from './freshness/freshness-options.js';
export type { Rules } from './freshness/rules.js';
export type { ProfileName, Profiles, Ttl, TtlProfiles } from './policy/profiles.js';

// What a loader may know and say.
export { type LoaderContext, loaderContext, type StaleValue } from './flights/loader-context.js';

// What is known of a wrapped function: its entries, its policy.
export type { Handle } from './functions/handle.js';
export { type AsyncMethodName, handleOf, type MethodHandle } from './decorators/handle-of.js';
export type {
  BackoffExplanation,
  ExplainedError,
  ExplainedRules,
  Explanation,
  FlightExplanation,
  TagExplanation,
  TierExplanation,
  Verdict,
} from './explain/explanation.js';
export { policyOf } from './decorators/policy-of.js';
export { POLICY_METADATA } from './decorators/metadata.js';
export { type CacheResolver, setCacheResolver } from './functions/cache-resolver.js';

// A cache over a stack of tiers.
export { createCache } from './cache/create-cache.js';
export type { CacheOptions } from './cache/options.js';
export type { Cache } from './cache/cache.js';
export type {
  CacheEntry,
  GetOrSetOptions,
  InvalidateOptions,
  InvalidateTagsOptions,
  SetOptions,
} from './cache/operations.js';

// What a cache tells.
export type { CacheEvents } from './events/cache-events.js';
export type { Listener } from './events/emitter.js';
export type { CacheStats, TierStats } from './events/stats.js';

// The contract: what a tier is.
export type { Acquired, Backend, BackendInfo, Pinned, SetCondition } from './contract/backend.js';
export { type Capability, capabilities } from './contract/capabilities.js';
export { capped, type Entry, type Freshness, freshness, shifted } from './contract/entry.js';
export type { ByteStore } from './contract/byte-store.js';
export { type Awaitable, chain, isPending } from './contract/awaitable.js';

// Composition: backends of backends.
export { tiered } from './tiers/tiered.js';
export type { TierFailure, TierOptions } from './tiers/tier.js';
export { type EncodedOptions, encoded } from './wrappers/encoded.js';
export type { BreakerState } from './wrappers/breaker.js';
export { type Guarded, type GuardOptions, guarded } from './wrappers/guarded.js';
export { namespaced } from './wrappers/namespaced.js';
export { type Overrides, wrap } from './wrappers/wrap.js';

// The bus: invalidations between processes.
export type { Bus, BusListener, BusMessage } from './bus/bus.js';
export { type LocalBus, localBus } from './bus/local-bus.js';

// Keys: equal arguments, equal key.
export { type CanonicalOptions, canonical } from './keys/canonical.js';
export { hashArgs } from './keys/digest.js';
export {
  type CallKeyParts,
  callKey,
  type ParsedCallKey,
  parseCallKey,
  type ScopePart,
} from './keys/call-key.js';
export { encodePart } from './keys/key-part.js';
export { childPath } from './keys/namespace-path.js';
export { compilePattern, type KeyPattern } from './keys/pattern.js';

// Codecs: entry ⇄ bytes.
export type { Codec } from './codec/codec.js';
export { jsonCodec } from './codec/json-codec.js';

// Time.
export { type Clock, systemClock, type Timer } from './time/clock.js';
export { type Duration, type DurationUnit, milliseconds } from './time/duration.js';

// Errors.
export * from './errors.js';

// What the options of other packages are checked with.
export { assertKnownOptions, assertOneOf, assertType, describe } from './policy/known-options.js';
