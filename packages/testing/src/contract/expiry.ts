import { cases } from './contract-case.js';

/** An entry is there until it expires, and not a moment longer. */
export const expiry = cases('expiry', [], {
  'serves an entry until it expires, and then no more': async (t) => {
    await t.set('k', 1, t.life);
    if (t.virtual) await t.pass(t.life - 1);
    await t.holds('k', 1);
    await t.expire('k', t.virtual ? 1 : t.life);
  },
  'serves a stale entry, which has not expired': async (t) => {
    const now = t.now();
    const entry = { value: 1, createdAt: now, staleAt: now + 1, expiresAt: now + 60_000 };
    await t.backend.set('k', entry);
    await t.pass(10);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
  },
  'expires each entry by itself': async (t) => {
    await t.set('short', 1, t.life);
    await t.set('long', 2);
    await t.expire('short');
    await t.holds('long', 2);
  },
  'lets an entry go that expires before it is stale, and keeps both instants until then': async (t) => {
    const now = t.now();
    const entry = { value: 1, createdAt: now, staleAt: now + 60_000, expiresAt: now + t.life };
    const forever = { ...entry, staleAt: Number.POSITIVE_INFINITY };
    await t.backend.set('k', entry);
    await t.backend.set('fresh for ever', forever);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
    t.sameEntry('the one that is never stale', await t.backend.get('fresh for ever'), forever);
    await t.expire('k');
    await t.expire('fresh for ever', 0);
    t.equal('keys()', await t.keys(), []);
    t.equal('delete', await t.backend.delete('k'), false);
  },
  'keeps for ever what never expires': async (t) => {
    const forever = Number.POSITIVE_INFINITY;
    const entry = { value: 1, createdAt: t.now(), staleAt: forever, expiresAt: forever };
    await t.backend.set('k', entry);
    if (t.virtual) await t.pass(100 * 365 * 86_400_000);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
  },
  'keeps what is to live longer than a timer can run': async (t) => {
    await t.set('k', 1, 2 ** 31 + 60_000);
    if (t.virtual) await t.pass(2 ** 31);
    await t.holds('k', 1);
  },
  'gives a replaced entry its new life': async (t) => {
    await t.set('longer', 1, t.life);
    await t.set('longer', 2);
    await t.set('shorter', 1);
    await t.set('shorter', 2, t.life);
    await t.expire('shorter');
    await t.holds('longer', 2);
  },
  'takes an entry that has expired already as none': async (t) => {
    const now = t.now();
    await t.set('k', 'old');
    await t.backend.set('k', { value: 'new', createdAt: now - 20, staleAt: now - 10, expiresAt: now - 10 });
    await t.missing('k');
    t.equal('keys()', await t.keys(), []);
  },
  'can be set again after it expired': async (t) => {
    await t.set('k', 1, t.life);
    await t.expire('k');
    await t.set('k', 2);
    await t.holds('k', 2);
  },
});
