import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Cache, type CachedFunction, cached } from 'keepsake';
import type { Analysis } from './analyse-source.js';
import type { CompilerThread } from './compiler-thread.js';
import type { SourceKind } from './source-kind.js';

/** A file as it was read. */
export interface Source {
  readonly kind: SourceKind;
  /** SHA-256 of `bytes`: with `kind`, what identifies the result. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export type Analyse = CachedFunction<(source: Source) => Promise<Analysis>>;

/** Raised when what is measured changes its meaning. */
const MEASURES = 1;

/** The tool and the compiler that a result comes from: another version never sees it. */
export function toolVersion(): string {
  const { version } = createRequire(import.meta.url)('typescript/package.json') as { version: string };
  return `${MEASURES}-typescript-${version}`;
}

/** Analyses sources with `compiler`; results live in `cache` under the content's hash and the version of the tool. */
export function analysisIn(cache: Cache, compiler: CompilerThread): Analyse {
  const analyse = ({ kind, bytes }: Source): Promise<Analysis> =>
    compiler.analyse({ kind, text: new TextDecoder().decode(bytes) });
  return cached(analyse, {
    id: 'analyse',
    version: toolVersion(),
    ttl: 'forever',
    key: ({ kind, hash }) => [kind, hash],
    cache,
  });
}

export function sourceOf(kind: SourceKind, bytes: Uint8Array): Source {
  return { kind, hash: createHash('sha256').update(bytes).digest('hex'), bytes };
}
