import { type Call, tally } from './calls.js';
import type { Answer, Order } from './orders.js';
import type { Subject } from './subjects/subject.js';
import { machineNow, shiftWallClock } from './wall-clock.js';

type Became = Omit<Answer, 'id'>;

/** Does what was ordered with the cache at hand, and says what became of it. Never rejects. */
export function perform(cache: Subject, order: Order, within: number): Promise<Became> {
  const of = (...calls: (Call | undefined)[]): Promise<Became> => tally(calls, within);
  switch (order.do) {
    case 'load':
      return of(...times(order.callers ?? 1, () => loadOf(cache, order.key, order)));
    case 'spread':
      return of(...times(order.count, (i) => loadOf(cache, `${order.key}:${i}`, order)));
    case 'set': {
      const { key, value, tags } = order;
      return of(cache.set && (() => cache.set?.(key, value, tags && { tags })));
    }
    case 'delete':
      return of(cache.delete && (() => cache.delete?.(order.key)));
    case 'invalidateTag':
      return of(cache.invalidateTag && (() => cache.invalidateTag?.(order.tag)));
    case 'clear':
      return of(cache.clear && (() => cache.clear?.()));
    case 'close':
      return of(cache.close && (() => cache.close?.()));
    case 'watch':
      return of((loading) => watched(cache, order.key, order.value, within, loading));
    case 'pour':
      return pour(cache, order.count, order.bytes, within);
    case 'hammer':
      return of(() => hammer(cache, order.lasting));
    case 'shiftClock':
      return of(() => shiftWallClock(order.by));
    case 'leave':
      return of(() => {});
  }
}

function times<T>(count: number, each: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => each(i));
}

function loadOf(cache: Subject, key: string, order: Order & { do: 'load' | 'spread' }): Call {
  const { value, takes = 0, ttl, tags } = order;
  const options = { ...(ttl === undefined ? {} : { ttl }), ...(tags ? { tags } : {}) };
  return (loading) =>
    cache.getOrSet(
      key,
      async () => {
        loading();
        if (takes > 0) await pause(takes);
        return value;
      },
      options,
    );
}

async function watched(
  cache: Subject,
  key: string,
  value: string,
  within: number,
  loading: () => void,
): Promise<unknown> {
  const load = async (): Promise<string> => {
    loading();
    return value;
  };
  const start = performance.now();
  while (performance.now() - start < within) {
    if ((await cache.getOrSet(key, load)) === value) return value;
    await pause(2);
  }
  return new Promise(() => {});
}

async function hammer(cache: Subject, lasting: number): Promise<void> {
  const start = performance.now();
  for (let i = 0; performance.now() - start < lasting; i++) {
    const calls = times(20, (n) => cache.getOrSet(`hammered:${i}:${n}`, async () => 'loaded'));
    // A call that hangs must not end the hammering.
    await Promise.race([Promise.allSettled(calls), pause(50)]);
    await pause(1);
  }
}

/** Counts instead of keeping 100 000 promises and timers, which would be measured along with the cache. */
async function pour(cache: Subject, count: number, bytes: number, within: number): Promise<Became> {
  const set = cache.set?.bind(cache);
  if (!set) return { ...(await tally([undefined], within)) };
  const before = heldNow();
  const start = performance.now();
  let open = count;
  const over = new Promise<void>((resolve) => {
    const settled = (): void => void (--open === 0 && resolve());
    for (let i = 0; i < count; i++) {
      Promise.resolve(set(`poured:${i}`, textOf(i, bytes))).then(settled, settled);
    }
  });
  await Promise.race([over, pause(within)]);
  const ms = performance.now() - start;
  const grownBy = (heldNow() - before) / 1e6;
  return { ms, at: machineNow(), values: [], loads: 0, hung: open, errors: [], grownBy };
}

/** A text of its own memory: of `'x'.repeat(…)` all would share one. */
function textOf(i: number, bytes: number): string {
  return Buffer.alloc(bytes, `${i};`).toString('latin1');
}

function heldNow(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
