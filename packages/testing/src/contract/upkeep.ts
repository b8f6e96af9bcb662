import { type ContractCase, cases } from './contract-case.js';

const sweeping = cases('upkeep', ['sweep'], {
  'sweeps what has expired and keeps the rest': async (t) => {
    await t.set('short', 1, t.life);
    await t.set('long', 2);
    await t.backend.set('lasting', {
      ...t.entry(3),
      staleAt: Number.POSITIVE_INFINITY,
      expiresAt: Number.POSITIVE_INFINITY,
    });
    t.equal('swept too early', await t.backend.sweep(), 0);
    await t.pass(t.life);
    t.equal('sweep() is a count', (await t.backend.sweep()) >= 0, true);
    t.equal('swept twice', await t.backend.sweep(), 0);
    await t.holds('long', 2);
    await t.holds('lasting', 3);
    t.equal('keys()', await t.keys(), ['lasting', 'long']);
  },
});

const figures = cases('upkeep', ['info'], {
  'tells figures that are counts, where it knows them': async (t) => {
    for (const key of ['a', 'b', 'c']) await t.set(key, key);
    const { size = 3, maxSize = size, bytes = 0, maxBytes = bytes } = await t.backend.info();
    t.equal('size', size >= 3, true);
    t.equal('maxSize', maxSize >= size, true);
    t.equal('bytes', bytes >= 0 && maxBytes >= bytes, true);
  },
});

const reaching = cases('upkeep', ['ping'], {
  'answers a ping': async (t) => {
    await t.backend.ping();
  },
});

const closing = cases('upkeep', ['close'], {
  'closes more than once without complaint': async (t) => {
    await t.set('k', 1);
    await t.backend.close();
    await t.backend.close();
    await Promise.all([t.backend.close(), t.backend.close()]);
  },
});

/** What a backend does beside storing. */
export const upkeep: readonly ContractCase[] = [...sweeping, ...figures, ...reaching, ...closing];
