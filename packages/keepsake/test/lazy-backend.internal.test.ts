import { redis } from '@keepsake/keyv';
import { capabilities as all, type Backend, memory, wrap } from 'keepsake';
import { lazyBackend } from '../src/registry/lazy-backend.js';
import { REDIS_CAPABILITIES } from '../src/registry/make-backend.js';

const entry = {
  value: 1,
  createdAt: 0,
  staleAt: Number.POSITIVE_INFINITY,
  expiresAt: Number.POSITIVE_INFINITY,
};

afterEach(() => jest.restoreAllMocks());

/** The optional methods of a backend. */
function capabilities(backend: Backend): string[] {
  const optional = all.filter((method) => backend[method] !== undefined);
  return optional.sort();
}

it('has every capability of redis()', () => {
  const lazy = lazyBackend({ name: 'r', load: async () => memory(), has: REDIS_CAPABILITIES });
  expect(capabilities(lazy)).toEqual(capabilities(redis('redis://localhost')));
});

it('loads at the first use, once, and forwards', async () => {
  const load = jest.fn(async () => wrap(memory(), { close: undefined }));
  const lazy = lazyBackend({ name: 'lazy', load, has: ['setIf', 'increment'] });
  expect(load).toHaveBeenCalledTimes(0);
  await Promise.all([lazy.set('a', entry), lazy.set('b', entry)]);
  expect(await lazy.get('a')).toEqual(entry);
  expect(await lazy.setIf?.('a', entry, 'absent')).toBe(false);
  const keys: string[] = [];
  for await (const key of lazy.keys('')) keys.push(key);
  expect(keys).toEqual(['a', 'b']);
  expect(await lazy.increment?.('n', 2)).toBe(2);
  expect(await lazy.delete('a')).toBe(true);
  await lazy.clear();
  expect(await lazy.get('b')).toBeUndefined();
  expect(load).toHaveBeenCalledTimes(1);
  await lazy.close?.();
});

it('fails the call when the load fails, says so once, and tries again', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const load = jest.fn<Promise<Backend>, []>().mockRejectedValueOnce(new Error('not installed'));
  load.mockRejectedValueOnce(new Error('not installed')).mockResolvedValue(memory());
  const lazy = lazyBackend({ name: 'lazy', load, has: [] });
  await expect(lazy.get('a')).rejects.toThrow('not installed');
  await expect(lazy.get('a')).rejects.toThrow('not installed');
  expect(await lazy.get('a')).toBeUndefined();
  expect(warn.mock.calls).toEqual([["keepsake: the tier 'lazy' is not used: not installed"]]);
});

it('refuses a backend that lacks what was announced', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  const load = async (): Promise<Backend> => wrap(memory(), { touch: undefined });
  const lazy = lazyBackend({ name: 'lazy', load, has: ['touch', 'setIf'] });
  await expect(lazy.get('a')).rejects.toMatchObject({
    code: 'CACHE_CONFIG',
    message: expect.stringMatching(/lacks touch\./),
  });
});

it('loads nothing to be closed, and nothing after it', async () => {
  const load = jest.fn(async () => memory());
  const lazy = lazyBackend({ name: 'lazy', load, has: [] });
  await lazy.close?.();
  await expect(lazy.get('a')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
  expect(load).toHaveBeenCalledTimes(0);
});
