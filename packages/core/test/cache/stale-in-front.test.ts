import { Fleet } from './fleet.js';

it('a stale copy in front does not hide the fresh value behind it from has and entry', async () => {
  const fleet = new Fleet();
  const rules = { ttl: '1m', staleIfError: '1h' } as const;
  const [a, b] = [fleet.node(rules), fleet.node(rules)];
  await a.cache.set('k', 'v1');
  expect(await b.cache.get('k')).toBe('v1');
  await fleet.clock.advance('61s');
  expect((await b.cache.entry('k'))?.value).toBe('v1');
  await a.cache.getOrSet('k', async () => 'v2');
  await fleet.clock.advance(0);
  expect(await b.cache.has('k')).toBe(true);
  expect((await b.cache.entry('k'))?.value).toBe('v2');
  expect(await b.cache.get('k')).toBe('v2');
});
