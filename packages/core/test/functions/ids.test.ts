import { CacheConfigError, cached, createCache, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { sharedMemory } from '@keepsake/testing';
import { fixture, sharedFixture, warnings } from './fixture.js';

const one = async function load(): Promise<string> {
  return 'one';
};
const another = (() => {
  const load = async (): Promise<string> => 'another';
  return load;
})();

describe('the id of a function', () => {
  it('is its name', () => {
    expect(fixture().cache.cached(one).keyOf()).toMatch(/^load:[0-9a-f]{64}$/);
  });

  it('is refused to a second function, with both places', async () => {
    const { cache } = fixture();
    const [first, second] = [cache.cached(one), cache.cached(another)];
    await first();
    await expect(second()).rejects.toThrow(CacheConfigError);
    await expect(second()).rejects.toThrow(/id: 'keepsake:load' names two functions/);
    await expect(second()).rejects.toThrow(/First wrapped at .*ids\.test.*again at .*ids\.test/);
    await expect(cached(another, { cache })()).rejects.toThrow(/again at .*ids\.test/);
    expect(await first()).toBe('one');
  });

  it('may be used again in another cache, namespace or version', async () => {
    const { cache } = fixture();
    await cache.cached(one)();
    expect(await fixture().cache.cached(another)()).toBe('another');
    expect(await cache.namespace('other').cached(another)()).toBe('another');
    expect(await cache.cached(another, { version: 2 })()).toBe('another');
  });

  it('may be used again for the same function', async () => {
    const { cache } = fixture();
    await cache.cached(one)();
    expect(await cache.cached(one, '5m').peek()).toBe('one');
  });

  it('is refused to the same function with other selectors: their keys could meet', async () => {
    const { cache } = fixture();
    const greet = async (name: string, lang: string): Promise<string> => `${lang}: ${name}`;
    const byName = cache.cached(greet, { key: (name) => name });
    const byLang = cache.cached(greet, { key: (_, lang) => lang });
    expect(byName.keyOf('de', 'en')).toBeDefined();
    await expect(byLang('Ada', 'de')).rejects.toThrow('names two functions');
    await expect(cache.cached(greet)('Ada', 'de')).rejects.toThrow('names two functions');
  });

  it('stays with the same function under the same selectors', async () => {
    const { cache } = fixture();
    const key = (name: string): string => name;
    const greet = async (name: string): Promise<string> => name;
    await cache.cached(greet, { key, omit: ['x'] })('Ada');
    expect(await cache.cached(greet, { key, omit: ['x'] }).peek('Ada')).toBe('Ada');
    await expect(cache.cached(greet, { key, omit: ['y'] })('Ada')).rejects.toThrow('names two functions');
  });

  it("goes to the newer function under `duplicateIds: 'replace'`", async () => {
    const { cache } = fixture({ duplicateIds: 'replace' });
    const first = cache.cached(one);
    await first();
    await first.clear();
    expect(await cache.cached(another)()).toBe('another');
  });

  it('is private to an anonymous function where every tier is in this process', async () => {
    const { cache } = fixture();
    const [first, second] = [cache.cached(async () => 1), cache.cached(async () => 2)];
    expect([await first(), await second()]).toEqual([1, 2]);
    expect(first.keyOf()).toMatch(/^anonymous-/);
    expect(first.keyOf()).not.toBe(second.keyOf());
    expect(first.keyOf()).toBe(first.keyOf());
  });

  it('is refused to an anonymous function where a tier is shared', async () => {
    const backend = tiered([memory(), sharedMemory().connect({ name: 'server' })]);
    const cache = createCache({ backend, ttl: '1h' });
    await expect(cache.cached(async () => 1)()).rejects.toThrow(
      "id: none was given for an anonymous function, and tier 'server' is shared",
    );
    expect(await cache.cached(async () => 1, { id: 'one' })()).toBe(1);
    await cache.close();
  });

  it('warns once where it is derived and a tier is shared', async () => {
    const written = warnings();
    const { cache } = sharedFixture();
    const derived = async function derivedOnce(): Promise<void> {};
    await cache.cached(derived)();
    await cache.cached(derived)();
    await cache.cached(async function given() {}, { id: 'given' })();
    await fixture().cache.cached(async function local() {})();
    expect(written).toEqual([
      "keepsake: the id 'derivedOnce' is taken from the code, and other processes share tier 'shared'. " +
        'Give it an `id`: a minifier may rename it.',
    ]);
  });
});
