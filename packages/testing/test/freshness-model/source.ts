import type { Clock } from '@keepsake/core';
import type { Ledger } from './ledger.js';
import type { Call, Given, Load } from './records.js';

/** How a source answers from now on. */
export interface Mood {
  /** In ms; 0 within the tick. */
  readonly takes: number | 'for ever';
  readonly outcome: 'value' | 'failure' | 'answer';
  /** Whether it stops with the reason of the load's signal when that is aborted. */
  readonly obeys: boolean;
}

/** What callers may be told to remember: the source says that there is nothing. */
class NothingThere extends Error {}

export function isAnswer(error: unknown): boolean {
  return error instanceof NothingThere;
}

/** What is cached: one thing, that changes, behind something slow and unreliable. */
export class Source {
  version = 1;
  mood: Mood = { takes: 0, outcome: 'value', obeys: false };
  readonly #clock: Clock;
  readonly #ledger: Ledger;

  constructor(clock: Clock, ledger: Ledger) {
    this.#clock = clock;
    this.#ledger = ledger;
  }

  /** What it has now, given when it is ready. */
  load(call: Call, signal: AbortSignal): Given | Promise<Given> {
    const { takes, outcome, obeys } = this.mood;
    const load = this.#ledger.loadBegan(call, this.version, signal, takes === 'for ever');
    if (takes === 0) return this.#end(load, outcome);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          if (!load.ended) resolve(this.#end(load, outcome));
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what was thrown just now
          reject(error);
        }
      };
      if (takes !== 'for ever') this.#clock.after(takes, settle);
      const stop = (): void => {
        if (load.ended) return;
        this.#ledger.loadFailed(load, 'failed', signal.reason);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as fetch does
        reject(signal.reason);
      };
      if (obeys) signal.addEventListener('abort', stop);
    });
  }

  #end(load: Load, outcome: Mood['outcome']): Given {
    if (outcome === 'value') return this.#ledger.loaded(load);
    const text = `load ${load.given.id} of ${load.given.key}`;
    const error = outcome === 'answer' ? new NothingThere(text) : new Error(text);
    this.#ledger.loadFailed(load, outcome === 'answer' ? 'answered' : 'failed', error);
    throw error;
  }
}
