import type { Capability } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { backendContract, type ContractResult, chaos, contractCases, contractTable } from '@keepsake/testing';
import { fullBackend, minimalBackend } from './map-backend.js';

const runner = { describe, it, expect };
const results: ContractResult[] = [];
const onResult = (result: ContractResult) => void results.push(result);

const MEMORY: readonly Capability[] = ['touch', 'setIf', 'increment', 'info', 'sweep', 'close', 'pin'];
const LEASING: readonly Capability[] = ['acquire', 'fill', 'renew', 'release', 'occupied'];
const BATCHES: readonly Capability[] = ['getMany', 'setMany', 'deleteMany'];

backendContract('minimal Map', runner, {
  create: ({ clock }) => minimalBackend(clock),
  capabilities: [],
  onResult,
});
backendContract('full Map', runner, {
  create: ({ clock }) => fullBackend(clock),
  capabilities: [...BATCHES, ...LEASING, 'touch', 'setIf', 'increment', 'info', 'ping', 'sweep', 'close'],
  onResult,
});
backendContract('memory', runner, {
  create: ({ clock }) => memory({ clock }),
  capabilities: MEMORY,
  onResult,
});
backendContract('memory, frozen', runner, {
  create: ({ clock }) => memory({ clock, isolation: 'freeze' }),
  onResult,
});
backendContract('memory, cloned', runner, {
  create: ({ clock }) => memory({ clock, isolation: 'clone' }),
  onResult,
});
backendContract('memory, counting bytes', runner, {
  create: ({ clock }) => memory({ clock, maxBytes: 10_000_000 }),
  onResult,
});
backendContract('calm chaos', runner, {
  create: ({ clock }) => chaos(fullBackend(clock), { clock }),
  onResult,
});

describe('the table of the contract', () => {
  it('has a row per case and a column per backend', () => {
    const table = contractTable(results);
    for (const { name } of contractCases) expect(table).toContain(`| ${name.replaceAll('|', '\\|')} |`);
    expect(table).toContain('| reading | minimal Map | full Map | memory |');
    expect(table).not.toContain('✗');
  });
});
