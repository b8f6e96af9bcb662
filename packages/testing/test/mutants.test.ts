import { type Clock, wrap } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { contractCases } from '@keepsake/testing';
import { fullBackend } from './map-backend.js';
import { type Fault, MUTANTS, NARROW_MUTANTS, PIN_MUTANTS } from './mutants.js';
import { failed, trialRun } from './trial-run.js';

const onMutant = (fault: Fault) => (clock: Clock) => {
  const sound = fullBackend(clock);
  return wrap(sound, fault(sound, clock));
};

describe('the backend contract', () => {
  it('finds no fault with a sound backend', async () => {
    const results = await trialRun(fullBackend);
    expect(failed(results)).toEqual([]);
    expect(results.filter((result) => result.outcome === 'passed').length).toBeGreaterThan(100);
  });

  it.each(MUTANTS)('catches a backend with this fault: %s', async (_, caughtBy, fault) => {
    expect(failed(await trialRun(onMutant(fault)))).toContain(caughtBy);
  });

  it.each(NARROW_MUTANTS)(
    'has cases for this fault that no other case finds: %s',
    async (_, caughtBy, fault) => {
      expect([...failed(await trialRun(onMutant(fault)))].sort()).toEqual([...caughtBy].sort());
    },
  );

  it.each(PIN_MUTANTS)('catches a backend with this fault: %s', async (_, caughtBy, pin) => {
    const create = (clock: Clock) => {
      const sound = memory({ clock });
      return wrap(sound, { pin: (key) => pin(sound, key) });
    };
    expect(failed(await trialRun(create))).toContain(caughtBy);
  });

  it('catches a local backend that answers late', async () => {
    const create = (clock: Clock) => {
      const sound = memory({ clock });
      return wrap(sound, { get: async (key) => sound.get(key) });
    };
    expect(failed(await trialRun(create))).toEqual(['answers in the tick it was asked, if it is local']);
  });

  it('catches a wrapper that loses a capability', async () => {
    let error: unknown;
    const bodies: (() => Promise<void>)[] = [];
    const { backendContract } = await import('@keepsake/testing');
    const runner = {
      describe: (_: string, body: () => void) => body(),
      it: (name: string, body: () => Promise<void>) =>
        void (name.startsWith('has the capabilities') && bodies.push(body)),
      expect,
    };
    backendContract('wrapper', runner, {
      create: ({ clock }) => wrap(memory({ clock }), { touch: undefined }),
      capabilities: ['touch', 'setIf', 'increment', 'info', 'sweep', 'close', 'pin'],
    });
    for (const body of bodies) await body().catch((caught: unknown) => (error = caught));
    expect(bodies).toHaveLength(1);
    expect(error).toBeDefined();
  });

  it('names every case once', () => {
    const names = contractCases.map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('reports what was skipped and what a backend has not', async () => {
    const skip = ['keeps a Date'];
    const results = await trialRun((clock) => memory({ clock }), { skip, capabilities: ['touch'] });
    const outcomeOf = (name: string) => results.find((result) => result.name === name)?.outcome;
    expect(outcomeOf('keeps a Date')).toBe('skipped');
    expect(outcomeOf('lets exactly one of many in')).toBe('absent');
    expect(outcomeOf('lets a touched entry live longer')).toBe('passed');
    expect(results).toHaveLength(contractCases.length);
  });

  it('lets a backend that carries JSON alone refuse the rest, never change it', async () => {
    const refusing: Fault = (sound) => ({
      set(key, entry) {
        const carried: unknown = JSON.parse(JSON.stringify(entry.value) ?? 'null');
        if (
          JSON.stringify(carried) !== JSON.stringify(entry.value) ||
          /Date|Map/.test(String(entry.value?.constructor))
        ) {
          throw Object.assign(new Error('refused'), { code: 'CACHE_SERIALIZATION' });
        }
        return sound.set(key, entry);
      },
    });
    const asJson = failed(await trialRun(onMutant(refusing), { values: 'json' }));
    expect(asJson).not.toContain('keeps a Map');
    expect(failed(await trialRun(onMutant(refusing)))).toContain('keeps a Map');
    const changing = MUTANTS.find(([name]) => name === 'values as JSON')?.[2] as Fault;
    expect(failed(await trialRun(onMutant(changing), { values: 'json' }))).toContain('keeps a Map');
  });

  it('refuses a skip and a capability that do not exist', async () => {
    await expect(trialRun(fullBackend, { skip: ['keeps a Dat'] })).rejects.toThrow(
      "skip names 'keeps a Dat'",
    );
    await expect(trialRun(fullBackend, { capabilities: ['touche' as 'touch'] })).rejects.toThrow(
      "capabilities names 'touche'",
    );
  });
});
