import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cache } from 'keepsake';
import type { Analysis } from './analyse-source.js';
import { type Analyse, sourceOf } from './analysis.js';
import type { Sources } from './find-sources.js';
import { kindOf } from './source-kind.js';

/** One way through all files. */
export interface Pass {
  /** Wall time of reading and hashing every file, and analysing it or finding its result. */
  readonly ms: number;
  readonly loads: number;
  /** Files whose content was just being analysed, or just being stored. */
  readonly joined: number;
  /** Tier → how many results it served. */
  readonly hits: Readonly<Record<string, number>>;
}

/** What came out of a pass. */
export interface Results {
  readonly pass: Pass;
  readonly bytes: number;
  /** Path → what is in it. */
  readonly analyses: ReadonlyMap<string, Analysis>;
  /** Names the contents of all files together. */
  readonly fingerprint: string;
}

/** Analyses all files through the cache and says, by the cache's own count, where the results came from. */
export async function run(
  cache: Cache,
  analyse: Analyse,
  sources: Sources,
  onFile: (count: number) => void = () => undefined,
): Promise<Results> {
  const analyses = new Map<string, Analysis>();
  const contents = createHash('sha256');
  let bytes = 0;
  cache.resetStats();
  const start = performance.now();
  for (const path of sources.files) {
    const source = sourceOf(kindOf(path), readFileSync(join(sources.root, path)));
    analyses.set(path, await analyse(source));
    contents.update(source.hash);
    bytes += source.bytes.length;
    onFile(analyses.size);
  }
  const ms = performance.now() - start;
  return { pass: { ms, ...counted(cache) }, bytes, analyses, fingerprint: contents.digest('hex') };
}

function counted(cache: Cache): Omit<Pass, 'ms'> {
  const { loads, coalesced, tiers } = cache.stats();
  return { loads, joined: coalesced, hits: Object.fromEntries(tiers.map(({ name, hits }) => [name, hits])) };
}
