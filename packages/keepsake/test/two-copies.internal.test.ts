import { configure, createCache, getCache, resetConfiguration } from 'keepsake';

afterEach(() => resetConfiguration());

it('is one registry for two copies of the package', () => {
  configure({ namespace: 'shared' });
  const mine = getCache();
  jest.isolateModules(() => {
    const copy = require('keepsake') as { getCache: typeof getCache; createCache: typeof createCache };
    expect(copy.createCache).not.toBe(createCache);
    expect(copy.getCache()).toBe(mine);
  });
});
