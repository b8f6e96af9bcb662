// Compiled once per decorator mode: by the project of `decorated.test.ts` as TC39, by that of `decorated.legacy.test.ts`
// as experimentalDecorators. Not a word in here may depend on the mode.
import { type Cache, Cached, loaderContext } from '@keepsake/core';
import { NotFound } from './not-found.js';

/** What the loads of `Reports` were told and do. */
interface Desk {
  readonly signals: AbortSignal[];
  readonly stale: unknown[];
  loads: number;
  /** What the next load waits for. */
  source: Promise<string>;
}

/** A class whose cached methods use what a loader may know. */
export function decoratedReports(cache: Cache) {
  const desk: Desk = { signals: [], stale: [], loads: 0, source: Promise.resolve('text') };

  class Reports {
    readonly title = 'Reports';

    @Cached({ cache, ttl: '1h', staleIfError: '1d' })
    async write(id: string): Promise<string> {
      const { stale, setTtl, tag, notModified } = loaderContext<string>();
      desk.stale.push(stale?.value);
      desk.loads += 1;
      setTtl('1m');
      tag(`report:${id}`);
      const text = await desk.source;
      return text === 'same' ? notModified() : `${this.title}/${id}: ${text}`;
    }

    @Cached({ cache, ttl: '1h' })
    async late(): Promise<string> {
      await Promise.resolve();
      return loaderContext<string>().notModified();
    }

    @Cached({ cache, ttl: '1h' })
    async print(id: string, signal?: AbortSignal): Promise<string> {
      desk.loads += 1;
      if (signal) desk.signals.push(signal);
      return `${this.title}/${id}: ${await desk.source}`;
    }

    @Cached({ cache, ttl: '1h', omit: ['signal'] })
    async send(request: { readonly to: string; readonly signal?: AbortSignal }): Promise<string> {
      desk.loads += 1;
      if (request.signal) desk.signals.push(request.signal);
      return `${request.to}: ${await desk.source}`;
    }

    @Cached({
      cache,
      ttl: '1h',
      cacheErrors: (error: unknown, id: string) => error instanceof NotFound && id !== 'asked' && '1m',
    })
    async find(id: string): Promise<string> {
      desk.loads += 1;
      throw new NotFound(id);
    }

    @Cached({ cache, ttl: '1h' })
    async total(id: string): Promise<string> {
      return this.total(id);
    }
  }

  return { Reports, desk };
}
