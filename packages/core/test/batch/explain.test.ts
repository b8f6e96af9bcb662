import { fixture } from '../functions/fixture.js';

describe('explain of a batch function', () => {
  it('says what a call with one item would meet', async () => {
    const { cache } = fixture();
    const names = cache.cachedBatch(async function fetchNames(ids: readonly string[]) {
      return ids.map((id) => `name of ${id}`);
    }, '5m');
    expect(await names.explain('1')).toMatchObject({ verdict: 'load', key: names.keyOf('1') });
    await names(['1']);
    expect(await names.explain('1')).toMatchObject({ verdict: 'hit', tier: 'memory' });
    expect((await names.explain('2')).verdict).toBe('load');
  });
});
