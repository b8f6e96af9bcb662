import { Fleet, type Node } from '../cache/fleet.js';
import { foretold } from './foretold.js';

describe('a value in front that another process has replaced behind it', () => {
  it('is served while the fresh one is fetched: nothing is loaded', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    await a.cache.set('k', 'old', { ttl: '1m', staleIfError: '1m' });
    await fleet.clock.advance(71_000);
    await b.cache.getOrSet('k', () => 'new', { ttl: '1m' });
    await fleet.clock.advance(0);
    const rules = { ttl: '1m', staleWhileRevalidate: '20s' } as const;
    const { explanation } = await foretold(fleet, a, 'k', rules);
    expect(explanation).toMatchObject({ verdict: 'stale', tier: 'memory', reloads: false });
    expect(explanation.lines[0]).toBe(
      'k: stale. A call gets the stale value of memory at once, and fetches the fresh one of a tier behind it.',
    );
  });

  it('is a hit that loads nothing early, unless the one behind it is due too', async () => {
    const fleet = new Fleet();
    const { cache } = fleet.node();
    const rules = { ttl: '1m', earlyRefresh: 0.5 } as const;
    await cache.set('k', 'old', { ttl: '1m' });
    await fleet.clock.advance(40_000);
    const now = fleet.clock.now();
    const behind = fleet.server.connect();
    const entry = await behind.get('keepsake:k');
    if (!entry) throw new Error('nothing is behind it');
    const due = await cache.explain('k', rules);
    expect(due).toMatchObject({ verdict: 'hit', reloads: true });
    const life = { createdAt: now, staleAt: now + 60_000, expiresAt: now + 60_000 };
    await behind.set('keepsake:k', { ...entry, ...life, value: 'new' });
    const { explanation } = await foretold(fleet, { cache } as Node, 'k', rules);
    expect(explanation).toMatchObject({ verdict: 'hit', tier: 'memory', reloads: false });
  });
});
