import { cases } from './contract-case.js';

/** `setIf` looks and stores in one step. */
export const conditional = cases('conditional writes', ['setIf'], {
  'stores, if absent, where nothing is': async (t) => {
    const entry = { ...t.entry(1), tags: { a: 'n' } };
    t.equal('setIf', await t.backend.setIf('k', entry, 'absent'), true);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
  },
  'stores nothing, if absent, where something is': async (t) => {
    await t.set('k', null);
    t.equal('setIf', await t.backend.setIf('k', t.entry('new'), 'absent'), false);
    await t.holds('k', null);
  },
  'stores, if present, where something is': async (t) => {
    await t.set('k', null);
    t.equal('setIf', await t.backend.setIf('k', t.entry('new'), 'present'), true);
    await t.holds('k', 'new');
  },
  'stores nothing, if present, where nothing is': async (t) => {
    t.equal('setIf', await t.backend.setIf('k', t.entry(1), 'present'), false);
    await t.missing('k');
    t.equal('keys()', await t.keys(), []);
  },
  'takes an expired entry for absent': async (t) => {
    await t.set('a', 'old', t.life);
    await t.set('b', 'old', t.life);
    await t.pass(t.life);
    t.equal('setIf present', await t.backend.setIf('a', t.entry('new'), 'present'), false);
    t.equal('setIf absent', await t.backend.setIf('b', t.entry('new'), 'absent'), true);
    await t.missing('a');
    await t.holds('b', 'new');
  },
  'keeps the load time of what it stores': async (t) => {
    const [first, second] = [
      { ...t.entry(1), loadTime: 250.5 },
      { ...t.entry(2), loadTime: 0 },
    ];
    await t.backend.setIf('k', first, 'absent');
    t.sameEntry('what was absent', await t.backend.get('k'), first);
    await t.backend.setIf('k', second, 'present');
    t.sameEntry('what was present', await t.backend.get('k'), second);
  },
  'gives what it stores its own life': async (t) => {
    await t.backend.setIf('k', t.entry(1, t.life), 'absent');
    await t.holds('k', 1);
    await t.expire('k');
  },
  'lets exactly one of many in': async (t) => {
    const tries = Array.from({ length: 20 }, async (_, i) => t.backend.setIf('k', t.entry(i), 'absent'));
    const answers = await Promise.all(tries);
    t.equal('how many stored', answers.filter(Boolean).length, 1);
    await t.holds('k', answers.indexOf(true));
  },
});
