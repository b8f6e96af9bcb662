import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, type ByteStore, encoded, guarded, namespaced, tiered, wrap } from '@keepsake/core';
import { file } from '@keepsake/file';
import { keyv, redis } from '@keepsake/keyv';
import { memory } from '@keepsake/memory';
import {
  backendContract,
  type ContractOptions,
  type ContractResult,
  chaos,
  contractTable,
  sharedMemory,
} from '@keepsake/testing';

const TABLE = join(__dirname, '../../../docs/contract.md');
const results: ContractResult[] = [];
const runner = { describe, it, expect };
let made = 0;

/** The contract on one backend, with its row in the table. */
function prove(name: string, options: ContractOptions): void {
  backendContract(name, runner, { ...options, onResult: (result) => results.push(result) });
}

/** A backend of its own for every case on a server that they share. */
function part(backend: Backend): Backend {
  made += 1;
  return wrap(namespaced(backend, `contract-${process.pid}-${made}:`), { close: undefined });
}

prove('memory', { create: ({ clock }) => memory({ clock }) });

const directories = mkdtempSync(join(tmpdir(), 'keepsake-contract-'));
afterAll(() => rmSync(directories, { recursive: true, force: true }));
const directory = (): string => mkdtempSync(join(directories, 'case-'));
prove('file', { create: ({ clock }) => file({ directory: directory(), clock }) });

prove('keyv(Map)', { create: ({ clock }) => keyv(new Map(), { clock }) });
prove('sharedMemory', { create: ({ clock }) => sharedMemory({ clock }).connect() });
prove('sharedMemory, other clock', {
  create: ({ clock }) =>
    sharedMemory({ clock: { now: () => clock.now() + 90_000, after: clock.after } }).connect({ clock }),
});

const single = redis(process.env.REDIS_URL ?? '');
const cluster = redis({
  cluster: { rootNodes: (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((url) => ({ url })) },
});
afterAll(async () => {
  await single.close?.();
  await cluster.close?.();
});
const untouched = async (backend: Backend): Promise<void> => backend.clear();
prove('redis', { create: () => part(single), destroy: untouched, time: 'real' });
prove('redis cluster', { create: () => part(cluster), destroy: untouched, time: 'real' });

prove('encoded', { create: ({ clock }) => encoded(mapOfText(), undefined, { clock }) });
prove('wrap', { create: ({ clock }) => wrap(memory({ clock }), {}) });
prove('namespaced', { create: ({ clock }) => namespaced(sharedMemory({ clock }).connect(), 'a:') });
prove('guarded', { create: ({ clock }) => guarded(sharedMemory({ clock }).connect(), { clock }) });
prove('chaos, calm', { create: ({ clock }) => chaos(sharedMemory({ clock }).connect(), { clock }) });
prove('tiered(memory)', { create: ({ clock }) => tiered([memory({ clock })], { clock }) });
prove('tiered(memory, shared)', {
  create: ({ clock }) => tiered([memory({ clock }), sharedMemory({ clock }).connect()], { clock }),
});
prove('tiered(memory, file)', {
  create: ({ clock }) => tiered([memory({ clock }), file({ directory: directory(), clock })], { clock }),
});

describe('the table of backends × cases', () => {
  it('is the one in the docs', () => {
    const page = `# The contract, case by case\n\nMade by \`packages/testing/test/every-backend.test.ts\`; \`KEEPSAKE_UPDATE_DOCS=1\` writes it anew.\n\n${contractTable(results)}`;
    expect(page).not.toContain('✗');
    if (process.env.KEEPSAKE_UPDATE_DOCS) writeFileSync(TABLE, page);
    expect(readFileSync(TABLE, 'utf8')).toBe(page);
  });
});

function mapOfText(): ByteStore {
  const map = new Map<string, string | Uint8Array>();
  return {
    name: 'map of text',
    read: (key) => map.get(key),
    write: (key, data) => void map.set(key, data),
    remove: (key) => map.delete(key),
    clear: (prefix = '') => {
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
    },
    keys: (prefix = '') => [...map.keys()].filter((key) => key.startsWith(prefix)),
  };
}
