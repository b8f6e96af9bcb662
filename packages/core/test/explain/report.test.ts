import { Fleet, gate, type Node, within } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';

const RULES = { ttl: '5m', staleWhileRevalidate: '1m', staleIfError: '1h', tags: ['team:7'] } as const;

describe('the report of an explanation', () => {
  let fleet: Fleet;
  let node: Node;

  beforeEach(() => {
    fleet = new Fleet();
    node = fleet.node();
  });

  it('reads well of a hit', async () => {
    const find = node.cache.namespace('users').cached(async (id: string) => id, { ...RULES, id: 'findUser' });
    await find('42');
    await fleet.clock.advance('75s');
    expect(String(await find.explain('42'))).toMatchInlineSnapshot(`
"findUser:25d4534b…: hit. A call gets the value of memory.
  stored as keepsake/users:findUser:25d4534be995d222b295e59029ef40f4ceec9b5fdfb28a139c89ab11f0f62081
  memory: fresh for another 3.8 min; stored 1.3 min ago, gone in 1.1 h; tags 'team:7'
  shared: fresh for another 3.8 min; stored 1.3 min ago, gone in 1.1 h; tags 'team:7'
  rules: ttl 5 min, staleWhileRevalidate 1 min, staleIfError 1 h"
`);
  });

  it('reads well of a stale value that is being replaced, while a tier is mute', async () => {
    const slow = gate<string>();
    await node.cache.set('user:42', 'Ada', RULES);
    await fleet.clock.advance('372s');
    const options = { ...RULES, softTimeout: '5s' } as const;
    for (let i = 0; i < 3; i++) void node.cache.getOrSet('user:42', () => slow.promise, options);
    await fleet.clock.advance('1200ms');
    node.wire.controls.hang();
    const explanation = await within(fleet.clock, 250, node.cache.explain('user:42', options));
    expect(String(explanation)).toMatchInlineSnapshot(`
"user:42: join. A call waits for the load that has been running for 1.2 s. If that fails or takes longer than 5 s, it gets the stale value of memory.
  stored as keepsake:user:42
  memory: stale for 1.2 min, staleWhileRevalidate allowed it for 1 min, staleIfError allows it for another 59 min; stored 6.2 min ago, gone in 59 min; tags 'team:7'
  shared: unavailable, it could not be read (CacheTimeoutError)
  load: running for 1.2 s, 3 callers wait
  rules: ttl 5 min, staleWhileRevalidate 1 min, staleIfError 1 h, softTimeout 5 s"
`);
    slow.open('Ada');
  });

  it('reads well of a source that has failed, and of a tag that was invalidated', async () => {
    const options = { ...RULES, cacheErrors: () => '4m' as const } as const;
    class NoSuchUser extends Error {}
    await node.cache.set('user:42', 'Ada', RULES);
    await node.cache.invalidateTags(['team:7']);
    const failed = node.cache.getOrSet(
      'user:42',
      () => Promise.reject(new NoSuchUser('token=s3cret')),
      options,
    );
    await expect(failed).rejects.toThrow(NoSuchUser);
    await fleet.clock.advance('30s');
    expect(String(await node.cache.explain('user:42', options))).toMatchInlineSnapshot(`
"user:42: rethrow. A call gets the remembered error again.
  stored as keepsake:user:42
  memory: invalid, tag 'team:7' was invalidated; stored 30 s ago, gone in 1.1 h
  shared: invalid, tag 'team:7' was invalidated; stored 30 s ago, gone in 1.1 h
  error: NoSuchUser is remembered for another 3.5 min
  rules: ttl 5 min, staleWhileRevalidate 1 min, staleIfError 1 h"
`);
  });

  it('is its lines, one below the other', async () => {
    const explanation = await node.cache.explain('k');
    expect(String(explanation)).toBe(explanation.lines.join('\n'));
    expect(Object.keys(explanation)).not.toContain('toString');
    expect(JSON.parse(JSON.stringify(explanation))).toMatchObject({
      verdict: 'load',
      lines: explanation.lines,
    });
  });

  it('has a line for each thing that it tells, whatever the key and its tags hold', async () => {
    await node.cache.set('a\nb\u2028c\u0085', 'v', { tags: ['x\ny'] });
    const { key, lines } = await node.cache.explain('a\nb\u2028c\u0085');
    expect(key).toBe('a\nb\u2028c\u0085');
    expect(lines[0]).toBe('a\\u000ab\\u2028c\\u0085: hit. A call gets the value of memory.');
    expect(lines.join('\n').split(/[\n\u2028\u0085]/)).toHaveLength(lines.length);
    expect(lines[2]).toContain("tags 'x\\u000ay'");
  });

  it.each([
    [{ earlyRefresh: 0.5 }, 'rules: ttl 1 min, earlyRefresh 0.5'],
    [{ earlyRefresh: { beta: 2 } }, 'rules: ttl 1 min, earlyRefresh beta 2'],
    [{ softTimeout: 200, hardTimeout: '2.5s' }, 'rules: ttl 1 min, softTimeout 200 ms, hardTimeout 2.5 s'],
    [{ ttl: 'forever', staleIfError: 'forever' }, 'rules: ttl forever, staleIfError forever'],
  ] as const)('names the rules that are given: %j', async (options, line) => {
    const { lines } = await node.cache.explain('k', { ttl: '1m', ...options });
    expect(lines.at(-1)).toBe(`  ${line}`);
  });

  it('says of nobody else that he may be loading where nobody shares a tier', async () => {
    const { cache } = fixture();
    expect((await cache.explain('k')).lines[0]).toBe('k: load. A call loads.');
  });

  it('says that a hit also reloads, and what a load that is slow gives way to', async () => {
    await node.cache.set('k', 'v', RULES);
    await fleet.clock.advance('4m');
    const early = await node.cache.explain('k', { ...RULES, earlyRefresh: 0.5 });
    expect(early.lines[0]).toBe(
      'k: hit. A call gets the value of memory, and reloads it early in the background.',
    );
    await fleet.clock.advance('10m');
    const slow = await node.cache.explain('k', { ...RULES, softTimeout: '200ms', hardTimeout: '2s' });
    expect(slow.lines[0]).toBe(
      'k: load. A call loads, unless another process is loading. ' +
        'If that fails or takes longer than 200 ms, it gets the stale value of memory.',
    );
  });

  it('never shows a value, and of an error only its class', async () => {
    class Refused extends Error {
      readonly password = 'pa55word';
    }
    const options = { ttl: '1m', staleIfError: '1h' } as const;
    await node.cache.set('k', { card: '4111-secret' }, options);
    await fleet.clock.advance('2m');
    await node.cache.getOrSet('k', () => Promise.reject(new Refused('no entry for 4222-secret')), options);
    const explanation = await node.cache.explain('k', options);
    expect(explanation.backoff?.error).toEqual({ name: 'Refused', message: 'no entry for 4222-secret' });
    expect(String(explanation)).toContain('since a load failed (Refused)');
    expect(String(explanation)).not.toContain('4222');
    expect(JSON.stringify(explanation)).not.toMatch(/4111|pa55word/);
  });

  it.each([
    [Object.assign(new Error('m'), { name: 'HttpError' }), { name: 'HttpError', message: 'm' }],
    ['a text', { name: 'string', message: 'a text' }],
    [{ secret: 1 }, { name: 'object', message: '' }],
    [undefined, { name: 'undefined', message: '' }],
    [null, { name: 'object', message: '' }],
  ])('shows what was thrown, whatever it was: %p', async (thrown, error) => {
    const options = { ttl: '1m', cacheErrors: () => '1m' as const } as const;
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what some loaders do
    await node.cache.getOrSet('k', () => Promise.reject(thrown), options).catch(() => undefined);
    await fleet.clock.advance(0);
    expect((await node.cache.explain('k', options)).backoff).toMatchObject({ kind: 'rethrow', error });
  });
});
