import { type Backend, CacheConfigError, CacheConnectionError, type Entry, isPending } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { type ChaosOptions, chaos, manualClock } from '@keepsake/testing';
import { fullBackend } from './map-backend.js';

const entry = (value: unknown): Entry => ({ value, createdAt: 0, staleAt: 1e15, expiresAt: 1e15 });

function setup(options: ChaosOptions = {}) {
  const clock = manualClock();
  const inner = fullBackend(clock);
  return { clock, inner, tier: chaos(inner, { clock, ...options }) };
}

/** Every outcome of `calls` reads, as letters. */
async function outcomes(tier: Backend, calls: number): Promise<string> {
  let letters = '';
  for (let i = 0; i < calls; i++) {
    letters += await Promise.resolve(tier.get('k')).then(
      () => '.',
      () => 'x',
    );
  }
  return letters;
}

describe('chaos', () => {
  it('changes nothing while it is calm, and stays in the tick', () => {
    const tier = chaos(memory());
    expect(isPending(tier.set('k', entry(1)))).toBe(false);
    expect((tier.get('k') as Entry).value).toBe(1);
    expect([...(tier.keys() as Iterable<string>)]).toEqual(['k']);
    expect(tier.local).toBe(true);
    expect(tier.pin?.('k')?.entry.value).toBe(1);
    expect(tier.acquire).toBeUndefined();
  });

  it('hides what only a local backend has, to stand for a remote one', () => {
    const tier = chaos(memory(), { remote: true });
    expect(tier.local).toBeUndefined();
    expect(tier.pin).toBeUndefined();
  });

  it('refuses everything while it is down, and nothing happens inside', async () => {
    const { inner, tier } = setup();
    inner.set('k', entry('old'));
    tier.controls.down();
    await expect(tier.get('k')).rejects.toThrow(CacheConnectionError);
    await expect(tier.set('k', entry('new'))).rejects.toThrow('chaos: set was made to fail');
    await expect(tier.clear()).rejects.toThrow(CacheConnectionError);
    await expect(
      (async () => {
        for await (const _ of tier.keys());
      })(),
    ).rejects.toThrow(CacheConnectionError);
    expect(inner.get('k')?.value).toBe('old');
    tier.controls.up();
    expect((tier.get('k') as Entry).value).toBe('old');
  });

  it('fails as often as it was told to, operation by operation', async () => {
    const { tier } = setup();
    tier.controls.fail('get', 2);
    await tier.set('k', entry(1));
    expect(await outcomes(tier, 4)).toBe('xx..');
  });

  it('loses an answer after the call took effect', async () => {
    const { inner, tier } = setup();
    inner.set('k', entry(1));
    tier.controls.fail('delete', 1, 'applied');
    await expect(tier.delete('k')).rejects.toThrow(CacheConnectionError);
    expect(inner.get('k')).toBeUndefined();
  });

  it('fails by a chance that the seed decides', async () => {
    const run = (seed: number) => outcomes(setup({ seed, failure: 0.3 }).tier, 200);
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
    const failures = [...(await run(7))].filter((letter) => letter === 'x').length;
    expect(failures).toBeGreaterThan(35);
    expect(failures).toBeLessThan(90);
  });

  it('fails only the operations it was told to', async () => {
    const { tier } = setup({ failure: { set: 1 } });
    expect(await outcomes(tier, 20)).toBe('.'.repeat(20));
    await expect(tier.set('k', entry(1))).rejects.toThrow(CacheConnectionError);
  });

  it('delays by the clock', async () => {
    const { clock, tier } = setup({ delay: '100ms' });
    let settled = false;
    void Promise.resolve(tier.set('k', entry(1))).then(() => {
      settled = true;
    });
    await clock.advance(99);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(settled).toBe(true);
    tier.controls.delay(0);
    expect((tier.get('k') as Entry).value).toBe(1);
  });

  it('lets operations hang until they are resumed, and then happen, late', async () => {
    const { inner, tier } = setup();
    const settled: string[] = [];
    tier.controls.hang('set');
    void Promise.resolve(tier.set('k', entry(1))).then(() => settled.push('first'));
    void Promise.resolve(tier.set('k', entry(2))).then(() => settled.push('second'));
    expect(tier.get('k')).toBeUndefined();
    await Promise.resolve();
    expect(settled).toEqual([]);
    tier.controls.resume();
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(settled).toEqual(['first', 'second']);
    expect(inner.get('k')?.value).toBe(2);
  });

  it('drops writes that answer as if they had happened', async () => {
    const { inner, tier } = setup();
    inner.set('k', entry('old'));
    tier.controls.dropWrites(true);
    await tier.set('k', entry('new'));
    expect(tier.delete('k')).toBe(true);
    expect(tier.deleteMany?.(['k', 'l'])).toEqual([true, true]);
    await tier.clear();
    expect(tier.setIf?.('l', entry(1), 'absent')).toBe(true);
    expect((tier.get('k') as Entry).value).toBe('old');
    expect([...inner.keys()]).toEqual(['k']);
    tier.controls.dropWrites(false);
    await tier.set('k', entry('new'));
    expect(inner.get('k')?.value).toBe('new');
  });

  it('counts what it is asked for', async () => {
    const { tier } = setup();
    await outcomes(tier, 3);
    await tier.set('k', entry(1));
    expect(tier.controls.calls).toMatchObject({ get: 3, set: 1, delete: 0 });
  });

  it('is calm again when it is told so', async () => {
    const { tier } = setup({ failure: 1, delay: 5 });
    tier.controls.down();
    tier.controls.hang();
    tier.controls.fail('get', 5);
    tier.controls.calm();
    expect(await outcomes(tier, 3)).toBe('...');
    expect(isPending(tier.get('k'))).toBe(false);
  });

  it.each<[() => unknown, string]>([
    [() => setup({ failure: 2 }), 'failure is 2. Allowed: a likelihood from 0 to 1'],
    [() => setup({ failure: { get: -1 } }), 'get is -1'],
    [() => setup({ failure: { gte: 1 } as object }), "'gte' is not an operation. Allowed: get, set"],
    [() => setup({ delay: -5 }), 'chaos: delay: -5 is not a duration'],
    [() => setup().tier.controls.fail('sett' as 'set'), "'sett' is not an operation"],
  ])('refuses nonsense: %#', (make, message) => {
    expect(make).toThrow(CacheConfigError);
    expect(make).toThrow(message);
  });
});
