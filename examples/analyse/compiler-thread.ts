import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Analysis } from './analyse-source.js';
import type { SourceKind } from './source-kind.js';

/** What the thread is sent. */
export interface Question {
  readonly text: string;
  readonly kind: SourceKind;
}

/** The compiler in a thread of its own, so that this one is free for the cache meanwhile. Takes one file at a time. */
export interface CompilerThread {
  analyse(question: Question): Promise<Analysis>;
  end(): Promise<void>;
}

/** Starts the thread with the first file: a warm start does without it, and without loading the compiler. */
export function compilerThread(): CompilerThread {
  let worker: Worker | undefined;
  return {
    async analyse(question) {
      worker ??= new Worker(new URL('./answer-questions.js', import.meta.url));
      worker.postMessage(question);
      const [answer] = (await once(worker, 'message')) as [Analysis];
      return answer;
    },
    async end() {
      await worker?.terminate();
    },
  };
}
