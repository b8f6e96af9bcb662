import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { file } from '@keepsake/file';
import { entriesIn, filesIn, freshDirectory, removeDirectories } from './directory.js';
import { plainCodec } from './plain-codec.js';

const CHILD = join(__dirname, 'child.ts');
const ROUNDS = process.env.KEEPSAKE_FAULTS ? 40 : 10;
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) await kill(child);
  removeDirectories();
});

/** Runs `child.ts` under the limits that the shell sets first. */
function run(
  args: readonly string[],
  limits = 'true',
): { child: ChildProcess; lines: AsyncIterator<string> } {
  const node = `exec "${process.execPath}" --import tsx --conditions @keepsake/source "$@"`;
  const child = spawn('sh', ['-c', `${limits}; ${node}`, 'sh', CHILD, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  if (child.stdout === null) throw new Error('no stdout');
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function next(lines: AsyncIterator<string>): Promise<string> {
  const { done, value } = await lines.next();
  return done ? 'ended' : value;
}

interface Numbered {
  readonly n: number;
  readonly length: number;
  readonly filler: string;
}

/** The number in a whole value. */
function wholeNumber(value: unknown): number {
  const { n, length, filler } = value as Numbered;
  if (filler !== String(n % 10).repeat(length)) throw new Error(`torn: ${n}`);
  return n;
}

describe('processes that share a directory', () => {
  it(`read the old value, the new one or a miss after kill -9 during writes (${ROUNDS} times)`, async () => {
    const directory = freshDirectory();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { child, lines } = run(['write', directory]);
      const acknowledged = new Map<string, number>();
      // Each round is killed at another point of the writer's work.
      for (let i = 0; i < 12 + round * 7; i += 1) {
        const [key = '', n] = (await next(lines)).split(' ');
        acknowledged.set(key, Number(n));
      }
      await kill(child);
      const tier = file({ directory, codec: plainCodec });
      for (const [key, n] of acknowledged) {
        const entry = await tier.get(key);
        expect(wholeNumber(entry?.value)).toBeGreaterThanOrEqual(n);
      }
      await tier.close?.();
      expect(filesIn(directory)).toHaveLength(5);
      await tier.clear();
    }
  }, 120_000);

  it.each(['sync', 'async'] as const)(
    'read whole values while two write (%s reads)',
    async (reads) => {
      const directory = freshDirectory();
      const writers = [run(['write', directory]), run(['write', directory])];
      for (const { lines } of writers) expect(await next(lines)).toMatch(/^k\d \d+$/);
      const tier = file({ directory, codec: plainCodec, reads });
      const seen = new Set<number>();
      for (let i = 0; i < 3000; i += 1) {
        const entry = await tier.get(`k${i % 5}`);
        if (entry) seen.add(wholeNumber(entry.value));
        if (i % 50 === 0) await new Promise(setImmediate);
      }
      expect(seen.size).toBeGreaterThan(10);
    },
    60_000,
  );

  it('open no more files at a time than `ulimit -n 64` lets them, for 500 sets and gets at once', async () => {
    const { lines } = run(['parallel', freshDirectory(), '500'], 'ulimit -n 64');
    expect(await next(lines)).toBe('found 500');
  }, 60_000);

  it('hold a common bound within 5 %', async () => {
    const directory = freshDirectory();
    const writers = [run(['fill', directory, '300']), run(['fill', directory, '300'])];
    let most = 0;
    const done = Promise.all(writers.map(({ lines }) => next(lines)));
    let filled: string[] | undefined;
    void done.then((said) => {
      filled = said;
    });
    while (filled === undefined) {
      most = Math.max(most, entriesIn(directory).length);
      await new Promise(setImmediate);
    }
    expect(filled).toEqual(['filled', 'filled']);
    expect(most).toBeLessThanOrEqual(315);
    expect(entriesIn(directory).length).toBeGreaterThan(250);
    expect(entriesIn(directory).length).toBeLessThanOrEqual(315);
  }, 60_000);
});
