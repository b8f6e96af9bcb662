import type { Pinned } from '@keepsake/core';
import { type ContractCase, cases } from './contract-case.js';
import type { Trial } from './trial.js';

type Pinning = Trial<'pin'>;

/** A backend may decline any pin; one that it gives is never alive with something else than the entry. */
const views = cases('pins', ['pin'], {
  'pins nothing where nothing is': async (t) => {
    t.equal('pin', t.backend.pin('k'), undefined);
    await t.set('k', 1, t.life);
    await t.pass(t.life);
    t.equal('pin of what has expired', t.backend.pin('k'), undefined);
  },
  'shows the entry, the same one while it lives': async (t) => {
    const entry = { ...t.entry({ n: 1 }), loadTime: 250.5, tags: { a: 'n' } };
    await t.backend.set('k', entry);
    const pin = t.backend.pin('k');
    if (!pin) return;
    t.sameEntry('the entry', pin.entry, entry);
    await t.set('other', 2);
    await t.backend.get('k');
    t.equal('dead', pin.dead, false);
    t.equal('it is one entry', pin.entry === t.backend.pin('k')?.entry, true);
  },
  'is dead once the entry is replaced': async (t) => {
    const pin = await pinned(t, 'k');
    await t.set('k', 'new');
    t.equal('dead', pin?.dead ?? true, true);
    t.equal('a new pin', t.backend.pin('k')?.entry.value ?? 'new', 'new');
  },
  'is dead once the entry is deleted': async (t) => {
    const pin = await pinned(t, 'k');
    await t.backend.delete('k');
    t.equal('dead', pin?.dead ?? true, true);
  },
  'is dead once the entry is cleared, by prefix or with all': async (t) => {
    const [one, other] = [await pinned(t, 'user:1'), await pinned(t, 'users:1')];
    await t.backend.clear('user:');
    t.equal('dead', one?.dead ?? true, true);
    t.equal('dead beside it', other?.dead ?? false, false);
    await t.backend.clear();
    t.equal('dead after a clear', other?.dead ?? true, true);
  },
  'shows no entry that has expired as if it had not': async (t) => {
    await t.set('k', 1, t.life);
    const pin = t.backend.pin('k');
    await t.pass(t.life);
    t.equal('dead or expired', !pin || pin.dead || pin.entry.expiresAt <= t.now(), true);
  },
});

const changes: readonly ContractCase[] = [
  ...cases('pins', ['pin', 'touch'], {
    'shows the instants of a touch, or is dead': async (t) => {
      const pin = await pinned(t, 'k');
      const at = t.now() + 90_000;
      await t.backend.touch('k', at, at);
      t.equal('instants', !pin || pin.dead || Math.abs(pin.entry.expiresAt - at) < 100, true);
    },
  }),
  ...cases('pins', ['pin', 'setIf'], {
    'is dead once a conditional set replaces the entry': async (t) => {
      const pin = await pinned(t, 'k');
      await t.backend.setIf('k', t.entry('new'), 'absent');
      t.equal('dead after a refused set', pin?.dead ?? false, false);
      await t.backend.setIf('k', t.entry('new'), 'present');
      t.equal('dead', pin?.dead ?? true, true);
    },
  }),
  ...cases('pins', ['pin', 'sweep'], {
    'is dead once the entry is swept': async (t) => {
      await t.set('k', 1, t.life);
      const pin = t.backend.pin('k');
      await t.pass(t.life);
      await t.backend.sweep();
      t.equal('dead', pin?.dead ?? true, true);
    },
  }),
];

export const pins: readonly ContractCase[] = [...views, ...changes];

async function pinned(t: Pinning, key: string): Promise<Pinned | undefined> {
  await t.set(key, 'old');
  return t.backend.pin(key);
}
