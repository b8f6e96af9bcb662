import { type Entry, type Guarded, guarded } from '@keepsake/core';
import { type Chaos, chaos, type ManualClock, manualClock, sharedMemory } from '@keepsake/testing';
import { unhandledRejections, within } from '../cache/fleet.js';

const FOREVER = Number.POSITIVE_INFINITY;

describe('a guarded backend that is mute', () => {
  let clock: ManualClock;
  let wire: Chaos;
  let backend: Guarded;
  let rejections: ReturnType<typeof unhandledRejections>;

  const entry = (value: unknown): Entry => ({ value, createdAt: 0, staleAt: FOREVER, expiresAt: FOREVER });
  /** What `work` rejects with, after `limit` ms of the clock. */
  const refusal = (limit: number, work: unknown): Promise<unknown> =>
    within(
      clock,
      limit,
      Promise.resolve(work).then(
        () => 'answered',
        (error: unknown) => error,
      ),
    );
  const asked = (): number => Object.values(wire.controls.calls).reduce((sum, calls) => sum + calls, 0);

  beforeEach(async () => {
    rejections = unhandledRejections();
    clock = manualClock();
    wire = chaos(sharedMemory({ clock }).connect(), { clock });
    backend = guarded(wire, { clock });
    await backend.set('k', entry('old'));
    wire.controls.hang();
  });
  afterEach(async () => expect(await rejections.stop()).toEqual([]));

  it('costs one timeout, and is spared from then on', async () => {
    expect(await refusal(250, backend.get('k'))).toMatchObject({ code: 'CACHE_TIMEOUT' });
    const before = asked();
    const works = [
      () => backend.get('k'),
      () => backend.getMany?.(['k']),
      () => backend.acquire?.('k', 't', 9),
    ];
    for (const work of works) {
      expect(await refusal(0, work())).toMatchObject({
        code: 'CACHE_CONNECTION',
        tier: 'shared',
        message: expect.stringContaining('does not answer'),
      });
    }
    expect(asked()).toBe(before);
  });

  it('costs a hundred callers at once no more', async () => {
    const calls = Array.from({ length: 100 }, (_, i) => refusal(250, backend.get(`k${i}`)));
    expect((await Promise.all(calls)).every((error) => error instanceof Error)).toBe(true);
  });

  it('is asked in the background every 500 ms, whoever calls, and used again as soon as it answers', async () => {
    await refusal(250, backend.get('k'));
    const before = asked();
    await clock.advance(7500);
    // 500 ms apart, and 250 ms each.
    expect(asked() - before).toBe(10);
    wire.controls.calm();
    await clock.advance(750);
    expect(await backend.get('k')).toMatchObject({ value: 'old' });
    await clock.advance(1000);
    expect(clock.pending).toBe(0);
  });

  it('is owed what it was not even asked: delete, set and clear', async () => {
    await refusal(250, backend.get('k'));
    for (const work of [
      () => backend.delete('a'),
      () => backend.set('b', entry(1)),
      () => backend.clear('c:'),
    ]) {
      expect(await refusal(0, work())).toMatchObject({ code: 'CACHE_CONNECTION' });
    }
    expect(backend.owed).toBe(3);
    wire.controls.calm();
    await clock.advance(750);
    expect(backend.owed).toBe(0);
  });

  it('makes a counter whose delete is owed fail at once', async () => {
    await refusal(250, backend.delete('n'));
    expect(await refusal(0, backend.increment?.('n', 1))).toMatchObject({ code: 'CACHE_CONNECTION' });
  });

  it('is only slow while it answers others', async () => {
    wire.controls.calm();
    wire.controls.hang('get');
    const slow = refusal(250, backend.get('k'));
    expect(await backend.getMany?.(['k'])).toMatchObject([{ value: 'old' }]);
    expect(await slow).toMatchObject({ code: 'CACHE_TIMEOUT' });
    expect(await backend.getMany?.(['k'])).toMatchObject([{ value: 'old' }]);
  });

  it('is not asked any more once it is closed', async () => {
    await refusal(250, backend.get('k'));
    await refusal(600, backend.close?.());
    const before = asked();
    await clock.advance('1m');
    expect(asked()).toBe(before);
  });
});
