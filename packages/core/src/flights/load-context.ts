import { CacheConfigError } from '../errors.js';
import type { Ttl } from '../policy/profiles.js';
import type { TagVersions } from '../tags/markers.js';
import { asTags } from '../tags/tag-names.js';
import type { Flight } from './flight.js';
import type { LoadPlan } from './load-plan.js';
import type { LoaderContext, StaleValue } from './loader-context.js';

/**
 * The context of one load, and what its loader said. The methods of the surface are getters, so that they can be taken
 * out of it (`const { setTtl } = context`) and cost nothing where they are not.
 */
export class LoadContext<V> implements LoaderContext<V> {
  readonly #flight: Flight<V>;
  readonly #plan: LoadPlan<V>;
  readonly #tagged: (tags: readonly string[]) => void;
  #ttl: number | undefined;
  #tags: Set<string> | undefined;
  #skipped = false;
  #kept: TagVersions | undefined;

  constructor(flight: Flight<V>, plan: LoadPlan<V>, tagged: (tags: readonly string[]) => void) {
    this.#flight = flight;
    this.#plan = plan;
    this.#tagged = tagged;
  }

  get signal(): AbortSignal {
    return this.#flight.signal;
  }

  get stale(): StaleValue<V> | undefined {
    const entry = this.#flight.stale?.entry;
    if (!entry) return undefined;
    return { value: entry.value as V, createdAt: entry.createdAt, staleAt: entry.staleAt };
  }

  get setTtl(): (ttl: Ttl) => void {
    return (ttl) => {
      this.#ttl = this.#plan.milliseconds(ttl, 'setTtl');
    };
  }

  get tag(): (...tags: readonly string[]) => void {
    return (...tags) => {
      const named = asTags(tags);
      this.#tagged(named);
      this.#tags = new Set([...(this.#tags ?? []), ...named]);
    };
  }

  get skip(): () => void {
    return () => {
      this.#skipped = true;
    };
  }

  get notModified(): () => V {
    return () => {
      const { stale } = this;
      this.#kept = this.#flight.stale?.entry.tags;
      if (stale) return stale.value;
      throw new CacheConfigError(
        'notModified: there is no stale value. Allowed: where `stale` is set; give `staleIfError` or ' +
          '`staleWhileRevalidate`, so that values are kept beyond their ttl.',
      );
    };
  }

  /** How long `value` is fresh, in ms; `undefined` if it is not to be stored. */
  ttlOf(value: V): number | undefined {
    if (this.#skipped) return undefined;
    const ttl = this.#plan.ttl(value);
    return ttl === undefined ? undefined : (this.#ttl ?? ttl);
  }

  /** The tags of a value that is stored anew, under the versions it had: it is as old as they are. */
  get keptTags(): TagVersions | undefined {
    return this.#kept;
  }

  /** The tags that the loader added. */
  get lateTags(): readonly string[] {
    return this.#tags ? [...this.#tags] : [];
  }
}
