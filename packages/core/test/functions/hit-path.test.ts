import { createHook } from 'node:async_hooks';
import { fixture } from './fixture.js';

/** How many promises `work` makes before it returns. */
function promisesMadeBy(work: () => unknown): number {
  let made = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') made += 1;
    },
  }).enable();
  try {
    work();
  } finally {
    hook.disable();
  }
  return made;
}

describe('a hit', () => {
  it('makes one promise, and leaves nothing for later', async () => {
    const { cache } = fixture();
    const load = cache.cached(async function load(query: { id: string }) {
      return query.id;
    });
    await load({ id: 'a' });
    expect(promisesMadeBy(() => load({ id: 'a' }))).toBe(1);
  });

  it('is served within its tick', async () => {
    const { cache } = fixture();
    const load = cache.cached(async function load(id: string) {
      return id;
    });
    await load('a');
    const hits: string[] = [];
    cache.on('hit', ({ tier }) => hits.push(tier));
    const served = load('a');
    expect(hits).toEqual(['memory']);
    expect(await served).toBe('a');
  });
});
