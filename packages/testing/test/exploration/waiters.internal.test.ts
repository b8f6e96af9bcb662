import fc from 'fast-check';
import { counterexample, exploration, RUNS } from './exploration.js';
import { READING } from './step.js';
import type { World } from './world.js';

jest.setTimeout(600_000);

const numRuns = Math.ceil(RUNS / 3);

function slept({ slept: times }: World): string | undefined {
  return times > 0 ? `${times} times somebody waited, and nothing was under way` : undefined;
}

function loadedTwice({ loads }: World): string | undefined {
  const twice = [...loads].filter(([, times]) => times > 1);
  return twice.length > 0 ? `loaded more than once: ${twice.join('; ')}` : undefined;
}

describe('of two nodes that want the same', () => {
  it('one loads, where nothing was invalidated and nothing failed', async () => {
    const once = exploration({ nodes: 2, types: READING, starts: ['cold'], wrong: loadedTwice });
    await fc.assert(once, { numRuns });
  });

  it('the other one is woken, where nothing is invalidated meanwhile', async () => {
    const woken = exploration({ nodes: 2, types: READING, wrong: slept });
    await fc.assert(woken, { numRuns });
  });

  it('the other one is woken, whatever is invalidated meanwhile', async () => {
    const types = ['read', 'read', 'delete', 'clear', 'tag', 'pattern', 'set', 'forget'] as const;
    await fc.assert(exploration({ nodes: 2, types, wrong: slept }), { numRuns });
  });

  it('the other one gets its value although nobody wakes it', async () => {
    const types = ['read', 'read', 'delete', 'forget'] as const;
    await fc.assert(exploration({ nodes: 2, types, without: 'settled' }), { numRuns });
  });
});

describe('the exploration finds the bug', () => {
  it('of two loads where one was enough, without leases', async () => {
    const options = { nodes: 2, types: READING, starts: ['cold'] as const, without: 'leases' as const };
    expect(await counterexample({ ...options, wrong: loadedTwice }, 1)).toContain('loaded more than once');
  });

  it('of a waiter that nobody wakes, without the message that does', async () => {
    const options = { nodes: 2, types: READING, starts: ['cold'] as const, without: 'settled' as const };
    expect(await counterexample({ ...options, wrong: slept }, 1)).toContain('somebody waited');
  });
});
