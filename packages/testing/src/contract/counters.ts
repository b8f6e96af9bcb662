import { cases } from './contract-case.js';

/** A counter counts exactly, and lives from its creation. */
export const counters = cases('counters', ['increment'], {
  'counts from nothing, up and down': async (t) => {
    t.equal('by 2', await t.backend.increment('n', 2), 2);
    t.equal('by 40', await t.backend.increment('n', 40), 42);
    t.equal('by -50', await t.backend.increment('n', -50), -8);
    t.equal('another counter', await t.backend.increment('m', 1), 1);
  },
  'counts every one of many at once': async (t) => {
    const answers = await Promise.all(Array.from({ length: 100 }, async () => t.backend.increment('n', 1)));
    t.equal(
      'answers',
      [...answers].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  },
  'ends a counter its life after it was created, not after it was last counted': async (t) => {
    await t.backend.increment('n', 1, t.life * 2);
    await t.pass(t.life);
    // Counts on, and would live on if this gave it another life.
    await t.backend.increment('n', 1, t.life * 20);
    await t.pass(t.life);
    t.equal('after its life', await t.backend.increment('n', 1, t.life), 1);
  },
  'counts on within the life of a counter': async (t) => {
    await t.backend.increment('n', 1, t.life * 20);
    await t.pass(t.life);
    t.equal('within its life', await t.backend.increment('n', 1, t.life * 20), 2);
  },
  'keeps a counter without a life for ever': async (t) => {
    await t.backend.increment('n', 1);
    await t.pass(t.virtual ? 400 * 86_400_000 : t.life);
    t.equal('later', await t.backend.increment('n', 1), 2);
  },
  'starts again after a delete': async (t) => {
    await t.backend.increment('n', 5);
    t.equal('delete', await t.backend.delete('n'), true);
    t.equal('then', await t.backend.increment('n', 1), 1);
  },
  'starts again after a clear': async (t) => {
    await t.backend.increment('hits:1', 5);
    await t.backend.increment('kept:1', 5);
    await t.backend.clear('hits:');
    t.equal('cleared', await t.backend.increment('hits:1', 1), 1);
    t.equal('kept', await t.backend.increment('kept:1', 1), 6);
  },
});
