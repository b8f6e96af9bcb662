import { type Entry, type Guarded, type GuardOptions, guarded, isPending } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type Chaos, chaos, type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { unhandledRejections, within } from '../cache/fleet.js';

const FOREVER = Number.POSITIVE_INFINITY;

describe('guarded', () => {
  let clock: ManualClock;
  let wire: Chaos;
  let backend: Guarded;
  let replayed: jest.Mock;
  let rejections: ReturnType<typeof unhandledRejections>;

  const entry = (value: unknown): Entry => ({ value, createdAt: 0, staleAt: FOREVER, expiresAt: FOREVER });
  const guard = (options: GuardOptions = {}): Guarded =>
    guarded(wire, { clock, onReplayed: replayed, ...options });

  beforeEach(() => {
    rejections = unhandledRejections();
    clock = manualClock();
    wire = chaos(sharedMemory({ clock }).connect(), { clock });
    replayed = jest.fn();
    backend = guard();
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  it.each<[string, number, (backend: Guarded) => unknown]>([
    ['get', 250, (it) => it.get('k')],
    ['set', 250, (it) => it.set('k', entry(1))],
    ['delete', 250, (it) => it.delete('k')],
    ['touch', 250, (it) => it.touch?.('k', 1, 1)],
    ['setIf', 250, (it) => it.setIf?.('k', entry(1), 'absent')],
    ['increment', 250, (it) => it.increment?.('k', 1)],
    ['info', 250, (it) => it.info?.()],
    ['ping', 250, (it) => it.ping?.()],
    ['acquire', 250, (it) => it.acquire?.('k', 't', 1000)],
    ['fill', 250, (it) => it.fill?.('k', entry(1), 't')],
    ['renew', 250, (it) => it.renew?.('k', 't', 1000)],
    ['release', 250, (it) => it.release?.('k', 't')],
    ['getMany', 250, (it) => it.getMany?.(['k'])],
    ['getMany', 349, (it) => it.getMany?.(Array.from({ length: 100 }, String))],
    ['getMany', 10_000, (it) => it.getMany?.(Array.from({ length: 50_000 }, String))],
    ['setMany', 250, (it) => it.setMany?.([['k', entry(1)]])],
    ['deleteMany', 251, (it) => it.deleteMany?.(['k', 'l'])],
    ['clear', 10_000, (it) => it.clear()],
    ['sweep', 10_000, (it) => it.sweep?.()],
    ['keys', 10_000, (it) => all(it.keys())],
    ['occupied', 10_000, (it) => all(it.occupied?.() ?? [])],
  ])('bounds %s that hangs: it rejects after %p ms', async (operation, limit, work) => {
    wire.controls.hang();
    const answer = Promise.resolve(work(backend));
    let settled = false;
    const outcome = answer.catch((error: unknown) => {
      settled = true;
      return error;
    });
    await clock.advance(limit - 1);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(settled).toBe(true);
    expect(await outcome).toMatchObject({
      name: 'CacheTimeoutError',
      tier: 'shared',
      message: expect.stringContaining(`${operation} took longer than ${limit} ms`),
    });
    wire.controls.calm();
  });

  it('takes the bounds that it is given', async () => {
    const quick = guard({ timeout: 10, bulkTimeout: 20 });
    wire.controls.hang();
    await expect(within(clock, 10, Promise.resolve(quick.get('k')))).rejects.toThrow('10 ms');
    const other = guard({ timeout: 10, bulkTimeout: 20 });
    await expect(within(clock, 20, Promise.resolve(other.clear()))).rejects.toThrow('20 ms');
  });

  it('costs no timer and no promise where the answer is at hand', () => {
    const sync = guarded(memory({ clock, sweepEvery: 'forever' }), { clock });
    const before = clock.pending;
    expect(isPending(sync.set('k', entry(1)))).toBe(false);
    expect(sync.get('k')).toMatchObject({ value: 1 });
    expect(clock.pending).toBe(before);
  });

  it('leaves no timer behind when the answer is in time', async () => {
    wire.controls.delay(100);
    const answer = backend.get('k');
    await clock.advance(100);
    expect(await answer).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it.each<[string, (backend: Guarded) => unknown]>([
    ['set', (it) => it.set('k', entry('new'))],
    ['delete', (it) => it.delete('k')],
    ['setMany', (it) => it.setMany?.([['k', entry('new')]])],
    ['deleteMany', (it) => it.deleteMany?.(['k'])],
    ['fill', (it) => it.fill?.('k', entry('new'), 't')],
    ['clear', (it) => it.clear('')],
  ])('owes a delete where %s had no answer: the key is a miss until it is paid', async (_operation, work) => {
    await backend.set('k', entry('old'));
    wire.controls.down();
    await expect(Promise.resolve(work(backend))).rejects.toMatchObject({ code: 'CACHE_CONNECTION' });
    expect(backend.owed).toBe(1);
    wire.controls.up();
    expect(await backend.get('k')).toBeUndefined();
    expect(await backend.getMany?.(['k'])).toEqual([undefined]);
    expect(await backend.acquire?.('k', 't', 1000)).toEqual({ unavailable: true });
    expect(await backend.touch?.('k', 1e15, 1e15)).toBe(false);
    await clock.advance(500);
    expect(backend.owed).toBe(0);
    expect(replayed).toHaveBeenCalledTimes(1);
    expect(await wire.get('k')).toBeUndefined();
    expect(await backend.acquire?.('k', 't', 1000)).toEqual({ granted: true });
  });

  it('owes nothing for a value that cannot be carried', async () => {
    const refusing = guarded(memory({ isolation: 'clone' }), { clock });
    expect(() =>
      refusing.set(
        'k',
        entry(() => 1),
      ),
    ).toThrow(expect.objectContaining({ code: 'CACHE_SERIALIZATION' }));
    expect(refusing.owed).toBe(0);
  });

  it('tries again every 500 ms until it is heard, and stops then', async () => {
    wire.controls.down();
    await Promise.resolve(backend.delete('k')).catch(() => undefined);
    const tries = () => wire.controls.calls.delete;
    await clock.advance(500);
    expect(tries()).toBe(2);
    await clock.advance('5s');
    expect(tries()).toBe(12);
    wire.controls.up();
    await clock.advance('5s');
    expect(tries()).toBe(13);
    expect(backend.owed).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('lets the newest win: a later set pays what was owed, also one that comes while it is replayed', async () => {
    wire.controls.down();
    for (const key of ['a', 'b']) await Promise.resolve(backend.delete(key)).catch(() => undefined);
    wire.controls.up();
    await backend.set('a', entry('new'));
    expect(backend.owed).toBe(1);
    expect(await backend.get('a')).toMatchObject({ value: 'new' });
    await clock.advance(500);
    expect(await backend.get('a')).toMatchObject({ value: 'new' });

    wire.controls.down();
    for (const key of ['a', 'b']) await Promise.resolve(backend.delete(key)).catch(() => undefined);
    wire.controls.up();
    wire.controls.delay(10, 'delete');
    const replay = backend.replay();
    await backend.set('b', entry('newer'));
    await within(clock, 100, replay);
    expect(await backend.get('b')).toMatchObject({ value: 'newer' });
    expect(backend.owed).toBe(0);
  });

  it('still owes a delete that failed while an earlier one of the key was replayed', async () => {
    wire.controls.down();
    await Promise.resolve(backend.delete('k')).catch(() => undefined);
    wire.controls.up();
    wire.controls.delay(10, 'delete');
    const replay = backend.replay();
    wire.controls.delay(0, 'delete');
    wire.controls.fail('delete');
    await Promise.resolve(backend.delete('k')).catch(() => undefined);
    await clock.advance(10);
    await replay;
    expect(backend.owed).toBe(1);
    await clock.advance('1s');
    expect(backend.owed).toBe(0);
  });

  it('turns more than 10 000 owed keys into one owed clear of each of its prefixes', async () => {
    backend = guard({ prefixes: ['a:', 'b:'] });
    await wire.set('a:1', entry(1));
    await wire.set('foreign', entry(1));
    wire.controls.down();
    for (let i = 0; i < 10_000; i++) await Promise.resolve(backend.delete(`a:${i}`)).catch(() => undefined);
    expect(backend.owed).toBe(10_000);
    await Promise.resolve(backend.delete('a:last')).catch(() => undefined);
    expect(backend.owed).toBe(2);
    wire.controls.up();
    expect(await backend.get('a:anything')).toBeUndefined();
    expect(await backend.get('foreign')).toMatchObject({ value: 1 });
    const before = wire.controls.calls.delete;
    await clock.advance(500);
    expect(backend.owed).toBe(0);
    expect(wire.controls.calls.delete).toBe(before);
    expect(await wire.get('a:1')).toBeUndefined();
    expect(await wire.get('foreign')).toMatchObject({ value: 1 });
    expect(replayed).toHaveBeenCalledWith([], ['a:', 'b:']);
  });

  it('forgets the oldest of what no invalidation was about, rather than clear everything', async () => {
    backend = guard({ prefixes: ['a:'] });
    await wire.set('a:other', entry(1));
    wire.controls.down();
    const fail = async (work: unknown): Promise<void> => {
      await Promise.resolve(work).catch(() => undefined);
    };
    await fail(backend.delete('a:invalidated'));
    for (let i = 0; i < 10_000; i++) await fail(backend.deleteUnsure(`a:${i}`));
    expect(backend.owed).toBe(10_000);
    expect(backend.owes('a:invalidated')).toBe(true);
    expect(backend.owes('a:0')).toBe(false);
    expect(backend.owes('a:1')).toBe(true);
    await fail(backend.delete('a:9999'));
    for (let i = 0; i < 9999; i++) await fail(backend.deleteUnsure(`b:${i}`));
    expect(backend.owes('a:9999')).toBe(true);
    expect(backend.owes('a:9998')).toBe(false);
    wire.controls.up();
    while (backend.owed > 0) await clock.advance(500);
    expect(await backend.get('a:other')).toMatchObject({ value: 1 });
  });

  it('does not let owed prefixes grow without bound either', async () => {
    backend = guard({ prefixes: ['a:'] });
    wire.controls.down();
    for (let i = 0; i < 5000; i++) await Promise.resolve(backend.clear(`a:${i}:`)).catch(() => undefined);
    expect(backend.owed).toBeLessThanOrEqual(100);
    wire.controls.up();
    expect(await backend.get('a:1:x')).toBeUndefined();
  });

  it('owes one clear where a wider one is owed already', async () => {
    wire.controls.down();
    for (const prefix of ['a:1', 'a:', 'a:2'])
      await Promise.resolve(backend.clear(prefix)).catch(() => undefined);
    await Promise.resolve(backend.delete('a:3')).catch(() => undefined);
    expect(backend.owed).toBe(1);
  });

  it('counts anew a counter whose delete is owed', async () => {
    await backend.increment?.('n', 5);
    wire.controls.down();
    await Promise.resolve(backend.delete('n')).catch(() => undefined);
    wire.controls.up();
    expect(await backend.increment?.('n', 1)).toBe(1);
    await clock.advance('1m');
    expect(await backend.increment?.('n', 1)).toBe(2);
  });

  it('closes in bounded time, replaying once what it owes', async () => {
    wire.controls.down();
    await Promise.resolve(backend.delete('k')).catch(() => undefined);
    wire.controls.up();
    await within(clock, 0, Promise.resolve(backend.close?.()));
    expect(replayed).toHaveBeenCalledWith(['k'], []);
    await clock.advance('1h');
    expect(clock.pending).toBe(0);
  });

  it('closes in bounded time when nothing answers', async () => {
    wire.controls.hang();
    const deleted = Promise.resolve(backend.delete('k')).catch(() => undefined);
    await clock.advance(250);
    await deleted;
    const closed = within(
      clock,
      600,
      Promise.resolve(backend.close?.()).catch(() => 'closed'),
    );
    expect(await closed).toBe('closed');
    wire.controls.resume();
    await clock.advance('1h');
  });
});

async function all(keys: Iterable<string> | AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of keys) found.push(key);
  return found;
}
