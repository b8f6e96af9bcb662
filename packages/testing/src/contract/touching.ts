import { cases } from './contract-case.js';

/** `touch` changes the life of an entry and nothing else. */
export const touching = cases('touching', ['touch'], {
  'gives a live entry new instants and keeps the rest of it': async (t) => {
    const entry = { ...t.entry({ n: 1 }), tags: { a: 'n' } };
    await t.backend.set('k', entry);
    const now = t.now();
    t.equal('touch', await t.backend.touch('k', now + 1000, now + 90_000), true);
    const expected = { ...entry, staleAt: now + 1000, expiresAt: now + 90_000 };
    t.sameEntry('the entry', await t.backend.get('k'), expected);
  },
  'lets a touched entry live longer': async (t) => {
    await t.set('k', 1, t.life);
    const now = t.now();
    await t.backend.touch('k', now + 60_000, now + 60_000);
    await t.pass(t.life);
    await t.holds('k', 1);
  },
  'lets a touched entry live less long': async (t) => {
    await t.set('k', 1);
    const now = t.now();
    await t.backend.touch('k', now + t.life, now + t.life);
    await t.expire('k');
  },
  'keeps the load time of a touched entry': async (t) => {
    const entry = { ...t.entry(1), loadTime: 250.5 };
    await t.backend.set('k', entry);
    const now = t.now();
    await t.backend.touch('k', now + 1000, now + 90_000);
    const expected = { ...entry, staleAt: now + 1000, expiresAt: now + 90_000 };
    t.sameEntry('the entry', await t.backend.get('k'), expected);
  },
  'lets a touched entry go that expires before it is stale, and keeps both instants until then': async (
    t,
  ) => {
    const entry = t.entry(1);
    await t.backend.set('k', entry);
    const now = t.now();
    await t.backend.touch('k', now + 60_000, now + t.life);
    const expected = { ...entry, staleAt: now + 60_000, expiresAt: now + t.life };
    t.sameEntry('the entry', await t.backend.get('k'), expected);
    await t.expire('k');
  },
  'lets a touched entry live for ever': async (t) => {
    const forever = Number.POSITIVE_INFINITY;
    await t.set('k', 1, t.life);
    t.equal('touch', await t.backend.touch('k', forever, forever), true);
    await t.pass(t.life);
    await t.holds('k', 1);
  },
  'touches nothing that is not there, and makes nothing': async (t) => {
    const now = t.now();
    t.equal('touch', await t.backend.touch('k', now + 1000, now + 1000), false);
    await t.missing('k');
    t.equal('keys()', await t.keys(), []);
  },
  'brings nothing back that has expired': async (t) => {
    await t.set('k', 1, t.life);
    await t.pass(t.life);
    const now = t.now();
    t.equal('touch', await t.backend.touch('k', now + 1000, now + 1000), false);
    await t.missing('k');
  },
});
