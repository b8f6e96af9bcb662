// Run by exit.test.ts in processes of their own, on the real clock, with no handler for rejections attached.
import { writeSync } from 'node:fs';
import { createCache } from '@keepsake/core';
import { memory } from '@keepsake/memory';

/** How a process stands when it has nothing more to do. */
export type Standing =
  | 'reloaded in the background'
  | 'a reload failed in the background'
  | 'a reload hangs in the background'
  | 'served before a slow load'
  | 'a call with a limit is pending'
  | 'callers with long limits are answered';

const cache = createCache({
  backend: memory(),
  ttl: 5,
  staleWhileRevalidate: '1h',
  staleIfError: '1d',
  jitter: 0,
});
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const hangs = (): Promise<string> => new Promise(() => undefined);
const fails = (): Promise<string> => Promise.reject(new Error('down'));

/** Each says what its last call got. */
const programs: Record<Standing, () => Promise<string>> = {
  'reloaded in the background': () => cache.getOrSet('k', async () => 'new'),
  'a reload failed in the background': () => cache.getOrSet('k', fails),
  'a reload hangs in the background': () => cache.getOrSet('k', hangs),
  'served before a slow load': () =>
    cache.getOrSet('k', hangs, { staleWhileRevalidate: 1, softTimeout: 20, hardTimeout: '1h' }),
  'a call with a limit is pending': () =>
    cache.getOrSet('other', hangs, { hardTimeout: 50 }).catch((error: { code: string }) => error.code),
  'callers with long limits are answered': async () => {
    const limits = { staleWhileRevalidate: 1, softTimeout: '1h', hardTimeout: '1h' } as const;
    const load = (): Promise<string> => after(20).then(() => 'new');
    const [first] = await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', load, limits)));
    return first as string;
  },
};

async function main(standing: Standing): Promise<void> {
  await cache.getOrSet('k', async () => 'old');
  await after(20);
  const got = await programs[standing]();
  await after(20);
  writeSync(1, got);
}

void main(process.argv[2] as Standing);
