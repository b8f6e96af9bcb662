import type { Entry } from '@keepsake/core';
import fc from 'fast-check';
import { isDue } from '../../src/freshness/early-refresh.js';

const NOW = 1_767_225_600_000;

function entry(life: Partial<Entry>): Entry {
  return { value: 'v', createdAt: NOW, staleAt: NOW + 60_000, expiresAt: NOW + 60_000, ...life };
}

const lead = fc.integer({ min: 1, max: 3_600_000 });
const loadTime = fc.double({ min: 0.001, max: 600_000, noNaN: true });
const beta = fc.double({ min: 0.01, max: 100, noNaN: true });
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** How many of `draws` evenly spread draws find the entry due, `gap` ms before its end. */
function likelihood(gap: number, took: number, earliness: number, draws = 10_000): number {
  const there = entry({ staleAt: NOW + gap, loadTime: took });
  let due = 0;
  for (let i = 0; i < draws; i++) if (isDue(there, { beta: earliness }, NOW, (i + 0.5) / draws)) due++;
  return due / draws;
}

describe('whether a value is due, at random', () => {
  it('follows Vattani et al.: it is due where now - delta * beta * ln(rand()) reaches its end', () => {
    fc.assert(
      fc.property(lead, loadTime, beta, draw, (gap, took, earliness, random) => {
        // rand() of the paper is in (0, 1].
        const reached = NOW - took * earliness * Math.log(1 - random);
        const there = entry({ staleAt: NOW + gap, loadTime: took });
        expect(isDue(there, { beta: earliness }, NOW, random)).toBe(reached >= NOW + gap);
      }),
    );
  });

  it.each([
    [500, 1000, 1],
    [1000, 1000, 1],
    [3000, 1000, 1],
    [3000, 1000, 2],
    [100, 50, 0.5],
    [40_000, 20_000, 3],
  ])(
    'is so with the likelihood exp(-gap / (delta * beta)): %p ms before the end, delta %p, beta %p',
    (gap, took, earliness) => {
      expect(likelihood(gap, took, earliness)).toBeCloseTo(Math.exp(-gap / (took * earliness)), 3);
    },
  );

  it('has beta 1 unless another is given', () => {
    fc.assert(
      fc.property(lead, loadTime, draw, (gap, took, random) => {
        const there = entry({ staleAt: NOW + gap, loadTime: took });
        expect(isDue(there, 'probabilistic', NOW, random)).toBe(isDue(there, { beta: 1 }, NOW, random));
      }),
    );
  });

  it('once due, stays due; and is due no later with a longer load, a larger beta, or a larger draw', () => {
    fc.assert(
      fc.property(
        lead,
        loadTime,
        beta,
        draw,
        fc.double({ min: 1, max: 10, noNaN: true }),
        (gap, took, earliness, random, more) => {
          const there = entry({ staleAt: NOW + gap, loadTime: took });
          fc.pre(isDue(there, { beta: earliness }, NOW, random));
          expect(isDue(there, { beta: earliness }, NOW + gap / 2, random)).toBe(true);
          expect(isDue({ ...there, loadTime: took * more }, { beta: earliness }, NOW, random)).toBe(true);
          expect(isDue(there, { beta: earliness * more }, NOW, random)).toBe(true);
          expect(isDue(there, { beta: earliness }, NOW, 1 - (1 - random) / more)).toBe(true);
        },
      ),
    );
  });

  it.each([0, undefined])('is never so for a load time of %p', (took) => {
    fc.assert(
      fc.property(lead, beta, draw, (gap, earliness, random) => {
        const there = entry({ staleAt: NOW + gap, ...(took === undefined ? {} : { loadTime: took }) });
        expect(isDue(there, { beta: earliness }, NOW, random)).toBe(false);
      }),
    );
  });
});

describe('whether a value is due, at a fraction', () => {
  it('is so from that fraction of its life on', () => {
    const there = entry({});
    expect(isDue(there, 0.75, NOW + 44_999, 0)).toBe(false);
    expect(isDue(there, 0.75, NOW + 45_000, 0)).toBe(true);
  });

  it('does not depend on chance, nor on how long a tier keeps it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 59_999 }),
        draw,
        fc.integer({ min: 1, max: 60_000 }),
        (at, random, kept) => {
          expect(isDue(entry({ expiresAt: NOW + kept }), 0.5, NOW + at, random)).toBe(at >= 30_000);
        },
      ),
    );
  });

  it('is never so for what is kept for ever', () => {
    const there = entry({
      staleAt: Number.POSITIVE_INFINITY,
      expiresAt: Number.POSITIVE_INFINITY,
      loadTime: 1e9,
    });
    expect(isDue(there, 0.01, NOW * 2, 0.999)).toBe(false);
    expect(isDue(there, 'probabilistic', NOW * 2, 0.999)).toBe(false);
  });
});
