import { type Cache, createCache, file, memory, tiered } from 'keepsake';
import { analysisIn, toolVersion } from './analysis.js';
import { compilerThread } from './compiler-thread.js';
import type { Sources } from './find-sources.js';
import { type Findings, findingsOf } from './findings.js';
import { type Pass, run } from './pass.js';

/** A first time through a set of contents, when nothing was known of any of them. */
export interface ColdRun {
  readonly ms: number;
  /** From the start of the process to the last result. */
  readonly sinceStartMs: number;
  /** Epoch ms. */
  readonly at: number;
}

/** What one process did. */
export interface Job {
  readonly files: number;
  readonly found: number;
  readonly bytes: number;
  /** The first pass of this process: cold, from disk, or a bit of both. */
  readonly first: Pass;
  readonly sinceStartMs: number;
  /** The same once more in the same process. */
  readonly again: Pass;
  /** The cold run of this very set, by this process or an earlier one, if there was one. */
  readonly cold: ColdRun | undefined;
  readonly stored: { readonly entries: number; readonly bytes: number };
  readonly findings: Findings;
}

/** Analyses `sources` twice, with memory in front of the files in `directory`. */
export async function runJob(
  sources: Sources,
  directory: string,
  onFile: (count: number) => void,
): Promise<Job> {
  const disk = file({ directory });
  const cache = openCache(disk);
  const compiler = compilerThread();
  const analyse = analysisIn(cache, compiler);
  const { pass: first, bytes, analyses, fingerprint } = await run(cache, analyse, sources, onFile);
  const sinceStartMs = performance.now();
  const { pass: again } = await run(cache, analyse, sources);
  const cold = await coldRun(cache, fingerprint, first, sinceStartMs);
  await cache.close();
  await compiler.end();
  const { size = 0, bytes: stored = 0 } = (await disk.info?.()) ?? {};
  return {
    ...{ files: sources.files.length, found: sources.found, bytes, first, sinceStartMs, again, cold },
    stored: { entries: size, bytes: stored },
    findings: findingsOf(analyses),
  };
}

/** Forgets every result in `directory`. */
export async function clearResults(directory: string): Promise<void> {
  const cache = openCache(file({ directory }));
  await cache.clear();
  await cache.close();
}

function openCache(disk: ReturnType<typeof file>): Cache {
  return createCache({
    namespace: 'analyse',
    backend: tiered([memory({ maxEntries: Number.POSITIVE_INFINITY }), disk]),
    // A result costs more than waiting for a slow disk does.
    timeout: '10s',
  });
}

/** Keeps the time of a cold run as a value like any other, for later runs over the same contents to compare with. */
async function coldRun(
  cache: Cache,
  fingerprint: string,
  first: Pass,
  sinceStartMs: number,
): Promise<ColdRun | undefined> {
  const key = `cold-run:${toolVersion()}:${fingerprint}`;
  if (first.loads === 0 || first.hits.file !== 0) return await cache.get<ColdRun>(key);
  const cold: ColdRun = { ms: first.ms, sinceStartMs, at: Date.now() };
  await cache.set(key, cold, { ttl: 'forever' });
  return cold;
}
