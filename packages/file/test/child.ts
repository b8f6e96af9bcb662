/** What the tests run in processes of their own: `child.ts <command> <directory> [number]`. */
import { writeSync } from 'node:fs';
import { file } from '@keepsake/file';
import { entryOf } from './directory.js';
import { plainCodec } from './plain-codec.js';

const [command = '', directory = '', number = '0'] = process.argv.slice(2);
const say = (line: string): number => writeSync(1, `${line}\n`);

/** Writes a few keys for ever, some entries larger than 64 KB, and says what is acknowledged. */
async function write(): Promise<void> {
  const tier = file({ directory, codec: plainCodec });
  for (let n = 0; ; n += 1) {
    const key = `k${n % 5}`;
    const length = n % 4 === 0 ? 100_000 : 100;
    await tier.set(key, entryOf({ n, length, filler: String(n % 10).repeat(length) }));
    say(`${key} ${n}`);
  }
}

/** Sets and reads many entries at the same time, large ones too. */
async function parallel(): Promise<void> {
  const tier = file({ directory, codec: plainCodec });
  const keys = Array.from({ length: Number(number) }, (_, i) => `p${i}`);
  const value = (i: number): string => 'x'.repeat(i % 10 === 0 ? 70_000 : 100);
  await Promise.all(keys.map(async (key, i) => await tier.set(key, entryOf(value(i)))));
  const found = await Promise.all(keys.map(async (key) => await tier.get(key)));
  say(`found ${found.filter((entry, i) => entry?.value === value(i)).length}`);
}

/** Writes many different keys into a bounded directory. */
async function fill(): Promise<void> {
  const tier = file({ directory, codec: plainCodec, maxEntries: Number(number) });
  for (let n = 0; n < 5 * Number(number); n += 8) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => await tier.set(`${process.pid}:${n + i}`, entryOf(n))),
    );
  }
  await tier.close?.();
  say('filled');
}

const commands: Record<string, () => Promise<void>> = { write, parallel, fill };
void commands[command]?.();
