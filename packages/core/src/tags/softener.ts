import type { Tier } from '../tiers/tier.js';
import { unavailable } from '../tiers/tier.js';
import type { Clock } from '../time/clock.js';
import { nonce } from './nonce.js';
import { markerOf, newVersion, softened, type TagVersion, versionOf } from './tag-version.js';

/** How long the lease is granted for under which a marker is rewritten, in ms: three operations within their timeout. */
const LEASE_TTL = 750;
/** How long other soft invalidations of the same tag are waited for, in ms; the lease of a dead process is over by then. */
const LONGEST_WAIT = 1000;
/** How often to ask again meanwhile, in ms: doubling, between these. */
const FIRST_LOOK = 5;
const LONGEST_LOOK = 50;

/**
 * Rewrites markers of a shared tier for soft invalidations. The new version goes by the one that is there, so the write is
 * done under a lease, which every other write of the marker voids: a soft invalidation never undoes a hard one.
 */
export class Softener {
  readonly #back: Tier;
  readonly #clock: Clock;

  constructor(back: Tier, clock: Clock) {
    this.#back = back;
    this.#clock = clock;
  }

  /** The new version in the marker under `key`; `undefined` if the tier grants no leases or could not do it. */
  async soften(key: string): Promise<TagVersion | undefined> {
    if (!this.#back.backend.acquire || !this.#back.backend.fill) return undefined;
    const giveUpAt = this.#clock.now() + LONGEST_WAIT;
    for (let look = FIRST_LOOK; ; look = Math.min(look * 2, LONGEST_LOOK)) {
      const answer = await this.#attempt(key);
      if (answer === unavailable) return undefined;
      if (answer !== 'again') return answer;
      if (this.#clock.now() >= giveUpAt) return undefined;
      await new Promise<void>((resolve) => this.#clock.after(look, resolve, 'holds'));
    }
  }

  /** `'again'`: another invalidation of the tag is under way, or came in between. */
  async #attempt(key: string): Promise<TagVersion | 'again' | typeof unavailable> {
    const token = nonce();
    const acquired = await this.#back.acquire(key, token, LEASE_TTL, 'refresh');
    if ('unavailable' in acquired) return unavailable;
    if (!('granted' in acquired)) return 'again';
    const there = await this.#back.get(key);
    if (there === unavailable) return unavailable;
    const now = this.#clock.now();
    const before = versionOf(there);
    // A marker that was lost has made everything void.
    const version = before ? softened(before, now) : newVersion();
    const filled = await this.#back.fill(key, markerOf(version, now), token);
    if (filled === unavailable) return unavailable;
    return filled === false ? 'again' : version;
  }
}
