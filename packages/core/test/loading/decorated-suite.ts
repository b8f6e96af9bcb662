import { CacheConfigError, CacheKeyError, handleOf } from '@keepsake/core';
import { gate } from '../cache/fleet.js';
import { fixture } from '../functions/fixture.js';
import { decoratedReports } from './decorated-reports.js';
import { NotFound } from './not-found.js';

/** What a method with `@Cached` may know of its load, in either decorator mode. */
export function decoratedSuite(): void {
  function setUp() {
    const { cache, clock } = fixture();
    const { Reports, desk } = decoratedReports(cache);
    return { cache, clock, desk, reports: new Reports() };
  }

  it('reads the context of its load before its first `await`', async () => {
    const { cache, clock, desk, reports } = setUp();
    expect(await reports.write('a')).toBe('Reports/a: text');
    const {
      createdAt = 0,
      staleAt = 0,
      tags,
    } = (await cache.entry(handleOf(reports, 'write').keyOf('a'))) ?? {};
    expect([staleAt - createdAt, tags]).toEqual([60_000, ['report:a']]);
    await clock.advance('1m');
    desk.source = Promise.resolve('same');
    expect(await reports.write('a')).toBe('Reports/a: text');
    expect(desk.stale).toEqual([undefined, 'Reports/a: text']);
    await cache.invalidateTags(['report:a']);
    desk.source = Promise.resolve('new');
    expect(await reports.write('a')).toBe('Reports/a: new');
    expect(desk.loads).toBe(3);
  });

  it('is told clearly that it asks for its context too late', async () => {
    const { reports } = setUp();
    await expect(reports.late()).rejects.toThrow(CacheConfigError);
    await expect(reports.late()).rejects.toThrow('before its first `await`');
  });

  it('takes the signal of its caller, which is no part of the key', async () => {
    const { desk, reports } = setUp();
    const [one, two] = [new AbortController(), new AbortController()];
    const source = gate<string>();
    desk.source = source.promise;
    const calls = [reports.print('a', one.signal), reports.print('a', two.signal), reports.print('a')];
    one.abort(new Error('one has left'));
    await expect(calls[0]).rejects.toThrow('one has left');
    source.open('text');
    expect(await Promise.all(calls.slice(1))).toEqual(['Reports/a: text', 'Reports/a: text']);
    expect(desk.loads).toBe(1);
    expect(desk.signals.map(({ aborted }) => aborted)).toEqual([false]);
    expect(desk.signals[0]).not.toBe(one.signal);
  });

  it('takes the signal in an object of options too', async () => {
    const { desk, reports } = setUp();
    const controller = new AbortController();
    desk.source = gate<string>().promise;
    const call = reports.send({ to: 'Ada', signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(desk.signals.map(({ aborted }) => aborted)).toEqual([true]);
    desk.source = Promise.resolve('sent');
    expect(await reports.send({ to: 'Ada' })).toBe('Ada: sent');
  });

  it('has errors remembered by their class and its arguments', async () => {
    const { desk, reports } = setUp();
    const error: unknown = await reports.find('a').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NotFound);
    await expect(reports.find('a')).rejects.toBe(error);
    expect(desk.loads).toBe(1);
    await expect(reports.find('asked')).rejects.toBeInstanceOf(NotFound);
    await expect(reports.find('asked')).rejects.toBeInstanceOf(NotFound);
    expect(desk.loads).toBe(3);
    await handleOf(reports, 'find').clear();
    await expect(reports.find('a')).rejects.not.toBe(error);
  });

  it('that calls itself with the same arguments gets a clear error', async () => {
    const { reports } = setUp();
    await expect(reports.total('a')).rejects.toThrow(CacheKeyError);
    await expect(reports.total('a')).rejects.toThrow('its loader asks the cache for the same key');
  });
}
