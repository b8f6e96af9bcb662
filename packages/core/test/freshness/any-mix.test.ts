import { type Cache, CacheTimeoutError, createCache, type GetOrSetOptions, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos, type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import * as fc from 'fast-check';
import { nothingGoesUnhandled } from './scene.js';

nothingGoesUnhandled();

const TTL = 1000;

/** One step of a run. Lengths in ms. */
type Step =
  | {
      readonly do: 'call';
      readonly rules: Rules;
      readonly signal: number | undefined;
      readonly course: Course;
    }
  | { readonly do: 'refresh'; readonly course: Course }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'delete' | 'set' | 'markStale' | 'invalidate' | 'lose front' };

type Rules = Pick<
  GetOrSetOptions<Loaded>,
  'staleWhileRevalidate' | 'staleIfError' | 'retryAfter' | 'softTimeout' | 'hardTimeout'
>;

interface Course {
  readonly takes: number;
  readonly fails: boolean;
  readonly heeds: boolean;
}

/** A value that says when its load began and ended. */
interface Loaded {
  readonly beganAt: number;
  endedAt: number;
}

const length = fc.constantFrom(1, 50, 300, 1000, 3000, 90_000);
const course = fc.record({
  takes: fc.constantFrom(0, 10, 200, 1500, 70_000),
  fails: fc.boolean(),
  heeds: fc.boolean(),
});
const rules: fc.Arbitrary<Rules> = fc.record(
  {
    staleWhileRevalidate: length,
    staleIfError: length,
    retryAfter: length,
    softTimeout: length,
    hardTimeout: length,
  },
  { requiredKeys: [] },
);
const signal = fc.option(fc.constantFrom(0, 5, 100, 2000), { nil: undefined, freq: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('call' as const), rules, signal, course }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const), course }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 1, 40, 300, 1000, 2500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('delete', 'set', 'markStale', 'invalidate', 'lose front') }),
  },
);

/** How the calls of one run ended. */
interface Ended {
  calls: number;
  /** By their own signal or hardTimeout. */
  gaveUp: number;
}

class Run {
  readonly clock: ManualClock = manualClock();
  readonly front = memory({ clock: this.clock });
  readonly cache: Cache;
  readonly ended: Ended = { calls: 0, gaveUp: 0 };
  readonly wrong: string[] = [];
  /** What was loaded or set before this is void for whoever calls after it. */
  #voidBefore = Number.NEGATIVE_INFINITY;
  #course: Course = { takes: 0, fails: false, heeds: false };
  readonly #refresh: () => Promise<Loaded>;

  /** @param delay - of the shared tier, in ms; `undefined` for none */
  constructor(delay: number | undefined) {
    const { clock, front } = this;
    const back = chaos(sharedMemory({ clock }).connect({ clock }), { clock, delay: delay || 0.001 });
    if (!delay) back.controls.calm();
    const backend = delay === undefined ? front : tiered([front, back]);
    this.cache = createCache({ backend, clock, jitter: 0, ttl: TTL });
    const find = this.cache.cached(() => this.#load(undefined), { id: 'k', key: () => 0, tags: ['t'] });
    this.key = find.keyOf();
    this.#refresh = () => find.refresh();
  }

  readonly key: string;

  async take(next: Step): Promise<void> {
    const { clock } = this;
    if (next.do === 'call') return this.#call(next);
    if (next.do === 'refresh') return this.#refreshed(next.course);
    if (next.do === 'pass') return clock.advance(next.ms);
    if (next.do === 'lose front') return this.front.clear();
    const now = clock.now();
    const done = this.#written(next.do).then(() => {
      if (next.do !== 'markStale') this.#voidBefore = now;
    });
    await clock.advance(100);
    return done;
  }

  #written(what: 'delete' | 'set' | 'markStale' | 'invalidate'): Promise<unknown> {
    const { clock, cache, key } = this;
    const now = clock.now();
    if (what === 'delete') return cache.delete(key);
    if (what === 'markStale') return cache.markStale(key);
    if (what === 'invalidate') return cache.invalidateTags(['t']);
    return cache.set(key, { beganAt: now, endedAt: now }, { tags: ['t'], staleIfError: 90_000 });
  }

  /** Until everything has settled. */
  async finish(): Promise<void> {
    await this.clock.advance('10m');
  }

  #call({ rules, signal, course }: Extract<Step, { do: 'call' }>): void {
    const controller = signal === undefined ? undefined : new AbortController();
    this.#course = course;
    const options = { ...rules, tags: ['t'] };
    if (controller && signal === 0) controller.abort(controller);
    else if (controller) this.clock.after(signal as number, () => controller.abort(controller));
    const load = (context: { readonly signal: AbortSignal }): Promise<Loaded> => this.#load(context.signal);
    const call = this.cache.getOrSet(this.key, load, {
      ...options,
      ...(controller ? { signal: controller.signal } : {}),
    });
    this.#watch(call, options, controller);
  }

  #refreshed(course: Course): void {
    this.#course = course;
    this.#watch(this.#refresh(), {}, undefined);
  }

  #watch(call: Promise<Loaded>, rules: Rules, controller: AbortController | undefined): void {
    const [calledAt, voidBefore] = [this.clock.now(), this.#voidBefore];
    this.ended.calls++;
    call.then(
      (value) => this.#judge(value, rules, calledAt, voidBefore),
      (error: unknown) => {
        const isLimit = error instanceof CacheTimeoutError && error.message.includes('hardTimeout of');
        if (error === controller || isLimit) this.ended.gaveUp++;
      },
    );
  }

  /** A value is fresh when it is called for, or its caller has a rule for its age. */
  #judge({ beganAt, endedAt }: Loaded, rules: Rules, calledAt: number, voidBefore: number): void {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = rules;
    const longest = Math.max(Number(staleWhileRevalidate), Number(staleIfError));
    const now = this.clock.now();
    if (endedAt <= calledAt && calledAt >= endedAt + TTL && now >= endedAt + TTL + longest) {
      this.wrong.push(`${now}: served a value of ${endedAt} to ${JSON.stringify(rules)}`);
    }
    if (beganAt < voidBefore)
      this.wrong.push(`${now}: served a value of ${beganAt}, void since ${voidBefore}`);
  }

  #load(signal: AbortSignal | undefined): Promise<Loaded> {
    const { takes, fails, heeds } = this.#course;
    const value: Loaded = { beganAt: this.clock.now(), endedAt: 0 };
    return new Promise((resolve, reject) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as a fetch would
      if (heeds) signal?.addEventListener('abort', () => reject(signal.reason));
      this.clock.after(takes, () => {
        value.endedAt = this.clock.now();
        if (fails) reject(new Error('down'));
        else resolve(value);
      });
    });
  }
}

describe.each([
  ['in memory', undefined],
  ['over a shared tier', 0],
  ['over a slow shared tier', 20],
])('any mix of callers, %s', (_where, delay) => {
  it('counts each call once, unless it gave up, and serves nothing that its caller may not have', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const run = new Run(delay);
        for (const each of steps) await run.take(each);
        await run.finish();
        const { hits, staleHits, misses, coalesced } = run.cache.stats();
        expect(run.wrong).toEqual([]);
        expect(hits + staleHits + misses + coalesced).toBe(run.ended.calls - run.ended.gaveUp);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
