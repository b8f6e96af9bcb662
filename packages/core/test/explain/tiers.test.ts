import { type Cache, type CacheOptions, createCache, type Explanation, tiered, wrap } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos, type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { Fleet, type Node, unhandledRejections, within } from '../cache/fleet.js';
import { foretold } from './foretold.js';

const MINUTE = { ttl: '1m' } as const;

describe('an explanation tells, tier by tier,', () => {
  let rejections: ReturnType<typeof unhandledRejections>;
  beforeEach(() => {
    rejections = unhandledRejections();
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  describe('in a stack of memory and a shared tier,', () => {
    let fleet: Fleet;
    let node: Node;

    beforeEach(() => {
      fleet = new Fleet();
      node = fleet.node();
    });

    const explained = (limit = 0): Promise<Explanation> =>
      within(fleet.clock, limit, node.cache.explain('k', MINUTE));

    it('what each of them has, where they differ', async () => {
      await node.cache.set('k', 'new', { ttl: '1m', staleIfError: '1m' });
      const { createdAt } = node.front.get('keepsake:k') as { createdAt: number };
      // An older copy, such as a process keeps that missed a message.
      node.front.set('keepsake:k', {
        value: 'old',
        createdAt: createdAt - 5000,
        staleAt: createdAt,
        expiresAt: createdAt + 9000,
      });
      expect((await explained()).tiers).toMatchObject([
        { name: 'memory', state: 'stale', age: 5000, freshFor: 0, goneIn: 9000 },
        { name: 'shared', state: 'fresh', age: 0, freshFor: 60_000, goneIn: 120_000 },
      ]);
      const { explanation } = await foretold(fleet, node, 'k', MINUTE);
      expect(explanation).toMatchObject({ verdict: 'hit', tier: 'shared' });
    });

    it('that one is down', async () => {
      await node.cache.set('k', 'v', MINUTE);
      fleet.server.fault('down');
      const { explanation } = await foretold(fleet, node, 'k', MINUTE);
      expect(explanation).toMatchObject({
        verdict: 'hit',
        tiers: [
          { state: 'fresh' },
          {
            state: 'unavailable',
            age: undefined,
            breaker: 'closed',
            reason: 'it could not be read (CacheConnectionError)',
            error: { name: 'CacheConnectionError', message: 'shared: the server is down.' },
          },
        ],
      });
    });

    it('that one is mute, for the price of its timeout', async () => {
      await node.cache.set('k', 'v', MINUTE);
      node.wire.controls.hang();
      const { tiers } = await explained(250);
      expect(tiers).toMatchObject([
        { state: 'fresh' },
        {
          state: 'unavailable',
          breaker: 'closed',
          reason: 'it could not be read (CacheTimeoutError)',
          error: { name: 'CacheTimeoutError' },
        },
      ]);
    });

    it('that one is mute, for the price of one timeout where tags have to be asked for too', async () => {
      node = fleet.node({ bus: false });
      await node.cache.set('k', 'v', { ttl: '1m', tags: ['a', 'b'] });
      await fleet.clock.advance('1s');
      node.wire.controls.hang();
      const { tiers } = await explained(250);
      expect(tiers[0]).toMatchObject({
        state: 'fresh',
        reason: 'fresh for another 59 s; its tags could not be checked',
      });
    });

    it('that one is spared since it is mute, and then asked whether it still is', async () => {
      await node.cache.set('k', 'v', MINUTE);
      node.wire.controls.hang();
      node.front.clear();
      await within(fleet.clock, 250, node.cache.get('k'));
      const calls = { ...node.wire.controls.calls };
      expect((await explained()).tiers[1]).toMatchObject({
        state: 'unavailable',
        breaker: 'open',
        reason: 'it does not answer, and is spared until it does',
        error: { name: 'CacheConnectionError' },
      });
      expect(node.wire.controls.calls).toEqual(calls);
      await fleet.clock.advance('500ms');
      const probed = { ...node.wire.controls.calls };
      expect((await explained()).tiers[1]).toMatchObject({
        state: 'unavailable',
        breaker: 'halfOpen',
        reason: 'it did not answer, and is being asked whether it does again',
      });
      expect(node.wire.controls.calls).toEqual(probed);
      await fleet.clock.advance('250ms');
      expect((await explained()).tiers[1]).toMatchObject({ breaker: 'open' });
      await fleet.clock.advance('500ms');
      node.wire.controls.calm();
      await fleet.clock.advance(0);
      expect((await explained()).tiers[1]).toMatchObject({
        state: 'fresh',
        breaker: 'closed',
        error: undefined,
      });
    });

    it('that one is owed a delete', async () => {
      await node.cache.set('k', 'v', MINUTE);
      fleet.server.fault('down');
      await node.cache.delete('k');
      expect((await explained()).tiers).toMatchObject([
        { state: 'absent', owed: false },
        {
          state: 'unavailable',
          owed: true,
          reason:
            'it could not be read (CacheConnectionError), and an invalidation of this key is owed to it',
        },
      ]);
      // It is back, and what is owed has not been replayed yet.
      fleet.server.fault(undefined);
      const { explanation, end } = await foretold(fleet, node, 'k', MINUTE);
      expect(explanation).toMatchObject({
        verdict: 'load',
        tiers: [
          {},
          {
            state: 'invalid',
            age: 0,
            owed: true,
            reason: 'an invalidation of this key is owed to this tier: what it holds is old',
          },
        ],
      });
      await end();
      await fleet.clock.advance('500ms');
      expect((await explained()).tiers[1]).toMatchObject({ owed: false });
    });

    it('that one is owed a clear of what is not there', async () => {
      fleet.server.fault('down');
      await node.cache.clear();
      fleet.server.fault(undefined);
      expect((await explained()).tiers[1]).toMatchObject({
        state: 'absent',
        owed: true,
        reason: 'nothing is here, and an invalidation of this key is owed to it',
      });
    });

    it('that a tag was invalidated by another process, of which no bus has told', async () => {
      const [a, b] = [fleet.node({ bus: false }), fleet.node({ bus: false })];
      node = a;
      await a.cache.set('k', 'v', { ttl: '1m', tags: ['team:7', 'other'] });
      await b.cache.invalidateTags(['team:7']);
      await fleet.clock.advance('51ms');
      const { explanation, end } = await foretold(fleet, node, 'k', MINUTE);
      const invalid = { state: 'invalid', reason: "tag 'team:7' was invalidated" };
      expect(explanation).toMatchObject({ verdict: 'load', tiers: [invalid, invalid] });
      await end();
    });

    it('that a tag was invalidated of which the shared tier does not know yet', async () => {
      await node.cache.set('k', 'v', { ttl: '1m', tags: ['team:7'] });
      fleet.server.fault('down');
      await node.cache.invalidateTags(['team:7']);
      await fleet.clock.advance('5s');
      const { explanation, end } = await foretold(fleet, node, 'k', MINUTE);
      expect(explanation.tiers[0]).toMatchObject({
        state: 'invalid',
        reason: "tag 'team:7' was invalidated",
      });
      await end();
    });

    it('that a tag was invalidated of which the shared tier does not know yet, before the value was loaded', async () => {
      fleet.server.fault('down');
      await node.cache.invalidateTags(['team:7']);
      await node.cache.set('k', 'v', { ttl: '1m', tags: ['team:7'] });
      await fleet.clock.advance('5s');
      const { explanation } = await foretold(fleet, node, 'k', MINUTE);
      expect(explanation).toMatchObject({ verdict: 'hit', tier: 'memory' });
    });

    it('that the marker of a tag was lost', async () => {
      await node.cache.set('k', 'v', { ttl: '1m', tags: ['team:7'] });
      fleet.server.evict('\0tag:keepsake:team:7');
      node = fleet.node();
      const { explanation, end } = await foretold(fleet, node, 'k', MINUTE);
      expect(explanation.tiers[1]).toMatchObject({
        state: 'invalid',
        reason: "the marker of tag 'team:7' is gone, which invalidates it",
      });
      await end();
    });

    it('which tags it has that are called as nothing else would be', async () => {
      const tags = ['__proto__', 'constructor', 'the whole cache'];
      await node.cache.set('k', 'v', { ttl: '1m', tags });
      await node.cache.invalidateTags(['__proto__']);
      const { tiers } = await explained();
      expect(tiers[0]?.tags).toEqual([
        { tag: 'the whole cache', valid: true, implicit: true },
        { tag: '__proto__', valid: false, implicit: false },
        { tag: 'constructor', valid: true, implicit: false },
        { tag: 'the whole cache', valid: true, implicit: false },
      ]);
    });

    it('what a function and its namespaces were cleared of, in words', async () => {
      const admins = node.cache.namespace('users').namespace('a/b');
      const find = admins.cached(async () => 'v', { id: 'find', ttl: '1m', tags: ['own'] });
      await find();
      await fleet.clock.advance(0);
      expect((await find.explain()).tiers[0]?.tags).toEqual([
        { tag: 'the whole function', valid: true, implicit: true },
        { tag: 'the whole cache', valid: true, implicit: true },
        { tag: "namespace 'users'", valid: true, implicit: true },
        { tag: "namespace 'users/a/b'", valid: true, implicit: true },
        { tag: 'own', valid: true, implicit: false },
      ]);
      const kept = node.front.get(`${admins.path}:${find.keyOf()}`);
      const reasonAfter = async (clear: () => Promise<void>): Promise<string | undefined> => {
        await clear();
        if (kept) node.front.set(`${admins.path}:${find.keyOf()}`, kept);
        return (await find.explain()).tiers[0]?.reason;
      };
      // As in a tier that cannot be cleared physically.
      expect(await reasonAfter(() => find.clear())).toBe('the whole function was cleared');
      expect(await reasonAfter(() => node.cache.namespace('users').clear())).toBe(
        "the whole function was cleared, namespace 'users' was cleared",
      );
      expect(await reasonAfter(() => node.cache.clear())).toBe(
        "the whole function was cleared, the whole cache was cleared, namespace 'users' was cleared",
      );
    });

    it('the same key in many namespaces at once', async () => {
      const spaces = ['a', 'b', 'c'].map((name) => node.cache.namespace(name));
      await spaces[1]?.set('k', 'v', MINUTE);
      const explanations = await Promise.all(spaces.map((space) => space.explain('k', MINUTE)));
      expect(explanations.map(({ key, storedKey, verdict }) => [key, storedKey, verdict])).toEqual([
        ['k', 'keepsake/a:k', 'load'],
        ['k', 'keepsake/b:k', 'hit'],
        ['k', 'keepsake/c:k', 'load'],
      ]);
    });
  });

  describe('in other stacks,', () => {
    let clock: ManualClock;
    const cacheOver = (backend: CacheOptions['backend']): Cache => createCache({ backend, clock, jitter: 0 });
    beforeEach(() => {
      clock = manualClock();
    });

    it('that the front one keeps what is fresh for shorter, by its maxTtl', async () => {
      const back = sharedMemory({ clock }).connect();
      const cache = cacheOver(tiered([{ backend: memory({ clock }), maxTtl: '10s' }, back]));
      await cache.set('k', 'v', MINUTE);
      await clock.advance('6s');
      expect((await cache.explain('k')).tiers).toMatchObject([
        {
          state: 'fresh',
          freshFor: 54_000,
          goneIn: 4000,
          reason: 'fresh for another 54 s, gone from this tier in 4 s (maxTtl)',
        },
        { state: 'fresh', freshFor: 54_000, goneIn: 54_000, reason: 'fresh for another 54 s' },
      ]);
      await clock.advance('4s');
      expect(await cache.explain('k')).toMatchObject({
        verdict: 'hit',
        tier: 'shared',
        tiers: [{ state: 'absent' }, {}],
      });
    });

    it('what the only one has, in this process', async () => {
      const cache = cacheOver(memory({ clock }));
      await cache.set('k', 'v', MINUTE);
      const { verdict, tiers } = await cache.explain('k');
      expect(verdict).toBe('hit');
      expect(tiers).toMatchObject([{ name: 'memory', state: 'fresh', breaker: undefined, owed: false }]);
    });

    it('that nobody in this process knows a tag any more', async () => {
      const backend = memory({ clock });
      const cache = cacheOver(backend);
      await cache.set('k', 'v', { ttl: '1m' });
      const entry = backend.get('keepsake:k');
      if (entry) backend.set('keepsake:k', { ...entry, tags: { ...entry.tags, gone: 'nonce' } });
      expect((await cache.explain('k')).tiers[0]).toMatchObject({
        state: 'invalid',
        reason: "the marker of tag 'gone' is gone, which invalidates it",
      });
      expect(await cache.get('k')).toBeUndefined();
    });

    it('what the only one has, shared and slow', async () => {
      const wire = chaos(sharedMemory({ clock }).connect(), { clock, delay: '100ms' });
      const cache = cacheOver(wire);
      await within(clock, 1000, cache.set('k', 'v', MINUTE));
      const { verdict, tiers } = await within(clock, 200, cache.explain('k'));
      expect([verdict, tiers[0]?.state]).toEqual(['hit', 'fresh']);
    });

    it('that what has expired is nothing, although its tier has it still', async () => {
      const now = clock.now();
      const expired = { value: 'v', createdAt: now - 9, staleAt: now - 5, expiresAt: now };
      const cache = cacheOver(wrap(memory({ clock }), { get: () => expired }));
      expect(await cache.explain('k', { staleIfError: '1h' })).toMatchObject({
        verdict: 'load',
        fallback: undefined,
        tiers: [{ state: 'absent', age: undefined }],
      });
    });

    it('that one of this process fails', async () => {
      const cache = cacheOver(chaos(memory({ clock }), { clock, failure: { get: 1 } }));
      expect((await cache.explain('k')).tiers[0]).toMatchObject({
        state: 'unavailable',
        breaker: undefined,
        reason: 'it could not be read (CacheConnectionError)',
      });
    });
  });
});
