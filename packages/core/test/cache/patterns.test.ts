import { type Cache, createCache, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { chaos, manualClock, sharedMemory } from '@keepsake/testing';
import { Fleet, recorded } from './fleet.js';

describe('deletePattern', () => {
  const clock = manualClock();
  let cache: Cache;

  beforeEach(async () => {
    const middle = chaos(memory({ clock }), { remote: true, clock });
    const backend = tiered([memory({ clock }), middle, sharedMemory({ clock }).connect()]);
    cache = createCache({ backend, clock });
    for (const key of ['user:1', 'user:2', 'user:10:posts', 'users', 'post:1']) await cache.set(key, key);
  });

  it('deletes the keys that match a glob, one that three tiers hold once', async () => {
    expect(await cache.deletePattern('user:*')).toBe(3);
    expect(await cache.getMany(['user:1', 'user:10:posts', 'users', 'post:1'])).toEqual([
      undefined,
      undefined,
      'users',
      'post:1',
    ]);
    expect(await cache.deletePattern('user:*')).toBe(0);
  });

  it.each([
    ['user:?', 2],
    ['{user,post}:1', 2],
    ['user:[!1]', 1],
    ['user\\:1', 1],
    ['*', 5],
    ['user:1', 1],
    ['nothing*', 0],
  ])('understands %s', async (pattern, deleted) => {
    expect(await cache.deletePattern(pattern)).toBe(deleted);
  });

  it.each([
    [/^user:\d$/, 2],
    [/post/, 2],
    [/USER/i, 4],
    [/user/g, 4],
    [/user/gy, 4],
  ])('understands %s, whatever it remembers', async (pattern, deleted) => {
    pattern.lastIndex = 3;
    expect(await cache.deletePattern(pattern)).toBe(deleted);
    expect(pattern.lastIndex).toBe(3);
  });

  it('sees keys of its own namespace only, and none of those inside it', async () => {
    const users = cache.namespace('user');
    await users.set('1', 1);
    await users.namespace('inner').set('1', 2);
    await cache.namespace('user:').set('1', 3);
    expect(await users.deletePattern('*')).toBe(1);
    expect(await users.namespace('inner').get('1')).toBe(2);
    expect(await cache.namespace('user:').get('1')).toBe(3);
    expect(await cache.get('user:1')).toBe('user:1');
    expect(await cache.deletePattern(/1$/)).toBe(2);
    expect(await users.namespace('inner').get('1')).toBe(2);
  });

  it('never sees an internal key', async () => {
    await cache.set('tagged', 1, { tags: ['t'] });
    await cache.deletePattern('user:*');
    await cache.deletePattern(/tag:/);
    expect(await cache.get('tagged')).toBe(1);
  });

  it('says which keys it deleted', async () => {
    const stream = recorded(cache);
    await cache.deletePattern('user:?');
    const deletes = stream.filter(([type]) => type === 'delete');
    expect(deletes).toEqual([
      ['delete', { path: 'keepsake', keys: expect.arrayContaining(['user:1', 'user:2']) }],
    ]);
  });

  it.each([[''], ['[a'], ['{a'], ['x'.repeat(1025)]])('refuses the pattern %p', async (pattern) => {
    await expect(cache.deletePattern(pattern)).rejects.toMatchObject({ code: 'CACHE_KEY' });
    expect(await cache.get('user:1')).toBe('user:1');
  });

  it.each([[undefined], [42], [null], [{}]])('refuses %p, which is no pattern', async (pattern) => {
    await expect(cache.deletePattern(pattern as unknown as string)).rejects.toMatchObject({
      code: 'CACHE_KEY',
      message: expect.stringContaining('pattern'),
    });
  });

  it('is followed by the other processes, patterns and expressions alike', async () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.node(), fleet.node()];
    for (const key of ['user:1', 'user:2', 'post:1']) await a.cache.set(key, key);
    await b.cache.getMany(['user:1', 'user:2', 'post:1']);
    await a.cache.deletePattern('user:1*');
    expect(b.front.get('keepsake:user:1')).toBeUndefined();
    await a.cache.deletePattern(/^USER/i);
    expect(b.front.get('keepsake:user:2')).toBeUndefined();
    expect(b.front.get('keepsake:post:1')).toBeDefined();
  });

  it('empties what it could not list, rather than leave something', async () => {
    const fleet = new Fleet();
    const { cache: node, wire } = fleet.node();
    await node.set('user:1', 1);
    await node.set('post:1', 2);
    wire.controls.fail('keys');
    await node.deletePattern('user:*');
    expect(await node.get('user:1')).toBeUndefined();
    expect(await node.get('post:1')).toBe(2);
  });

  it('is bounded when the listing hangs', async () => {
    const fleet = new Fleet();
    const { cache: node, wire } = fleet.node();
    await node.set('user:1', 1);
    wire.controls.hang('keys');
    let settled = false;
    const deleted = node.deletePattern('user:*').then(() => {
      settled = true;
    });
    await fleet.clock.advance('30s');
    expect(settled).toBe(true);
    await deleted;
    expect(await node.get('user:1')).toBeUndefined();
  });
});
