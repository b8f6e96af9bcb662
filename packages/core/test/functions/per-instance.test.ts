import { type Cache, CacheConfigError, type FunctionPolicy, handleOf } from '@keepsake/core';
import { fixture, sharedFixture, warnings } from './fixture.js';

interface Tenant {
  readonly tenantId: string;
}

type Find = (this: Tenant, id: string) => Promise<string>;

/** A maker of objects that have one wrapped function as a method. */
function tenants(cache: Cache, perInstance?: FunctionPolicy<Find>['perInstance']) {
  const find = cache.cached(
    async function find(this: Tenant, id: string) {
      return `${this.tenantId}/${id}`;
    },
    { id: 'find', ...(perInstance === undefined ? {} : { perInstance }) },
  );
  return (tenantId: string) => ({ tenantId, find });
}

describe('perInstance', () => {
  it('false: instances share results, and nobody is warned', async () => {
    const written = warnings();
    const tenant = tenants(fixture().cache, false);
    expect(await tenant('a').find('1')).toBe('a/1');
    expect(await tenant('b').find('1')).toBe('a/1');
    expect(written).toEqual([]);
  });

  it('true: every instance has its own', async () => {
    const tenant = tenants(fixture().cache, true);
    const [a, other] = [tenant('a'), tenant('a')];
    expect(await a.find('1')).toBe('a/1');
    expect(handleOf(a, 'find').keyOf('1')).not.toBe(handleOf(other, 'find').keyOf('1'));
    expect(await handleOf(a, 'find').delete('1')).toBe(true);
    expect(await handleOf(other, 'find').delete('1')).toBe(false);
  });

  it('a selector: what it takes of the instance is in the key', async () => {
    const tenant = tenants(fixture().cache, (self) => self.tenantId);
    expect(await tenant('a').find('1')).toBe('a/1');
    expect(await tenant('b').find('1')).toBe('b/1');
    expect(await handleOf(tenant('a'), 'find').peek('1')).toBe('a/1');
  });

  it('cannot be confused with an argument', async () => {
    const { cache } = fixture();
    const a = { tenantId: 'a', find: cache.cached(async (..._: unknown[]) => 1, { perInstance: () => 'a' }) };
    expect(handleOf(a, 'find').keyOf('1')).not.toBe(handleOf(a, 'find').keyOf(['instance', 'a'], '1'));
  });

  it('leaves calls equal that are: an argument may be undefined or left out', () => {
    const find = handleOf(tenants(fixture().cache, true)('a'), 'find') as {
      keyOf(...args: readonly unknown[]): string;
    };
    expect(find.keyOf('1', undefined)).toBe(find.keyOf('1'));
  });

  it('unstated: shared, with one warning when a second instance calls', async () => {
    const written = warnings();
    const tenant = tenants(fixture().cache);
    const first = tenant('a');
    await first.find('1');
    await first.find('2');
    expect(written).toEqual([]);
    expect(await tenant('b').find('1')).toBe('a/1');
    await tenant('c').find('1');
    expect(written).toHaveLength(1);
    expect(written[0]).toContain("'find' was called on a second instance");
  });

  it('unstated: a function without `this` never warns', async () => {
    const written = warnings();
    const load = fixture().cache.cached(async (id: string) => id);
    await load('1');
    await load('1');
    expect(written).toEqual([]);
  });

  it.each([[true], [() => 'x']])(
    '%p: a call without its object is refused, and so is its handle',
    async (per) => {
      const { find } = tenants(fixture().cache, per)('a');
      await expect((find as (id: string) => Promise<string>)('1')).rejects.toThrow(CacheConfigError);
      await expect(find.delete('1')).rejects.toThrow("perInstance: 'find' was called without its object");
      expect(() => find.keyOf('1')).toThrow('handleOf(instance');
    },
  );

  it('true: holds on a tier that other processes share', async () => {
    const tenant = tenants(sharedFixture().cache, true);
    const [a, b] = [tenant('a'), tenant('b')];
    expect([await a.find('1'), await b.find('1'), await a.find('1')]).toEqual(['a/1', 'b/1', 'a/1']);
  });
});
