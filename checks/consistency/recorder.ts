import type { Blocked, Read, Write } from './history.js';

/** What went wrong in a process and should not have. */
export interface Trouble {
  readonly process: number;
  readonly at: number;
  readonly what: string;
}

/** What one process tells at the end of a run. */
export interface Record {
  readonly reads: readonly Read[];
  readonly writes: readonly Write[];
  readonly blocked: readonly Blocked[];
  readonly troubles: readonly Trouble[];
  /** Invalidations that were owed to the shared tier and done later. */
  readonly replayed: number;
}

/** How often the event loop is looked at, in ms; a turn that is so much late or more counts as blocked. */
const TICK = 5;

/** Records what one process does, and when its event loop does not turn. */
export class Recorder {
  readonly reads: Read[] = [];
  readonly writes: Write[] = [];
  replayed = 0;
  readonly #blocked: Blocked[] = [];
  readonly #troubles: Trouble[] = [];
  readonly #process: number;
  readonly #now: () => number;

  constructor(process: number, now: () => number) {
    this.#process = process;
    this.#now = now;
    this.#tick(now());
  }

  trouble(doing: string, error: unknown): void {
    const what = `${doing}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    this.#troubles.push({ process: this.#process, at: this.#now(), what });
  }

  /** All of it. */
  record(): Record {
    const { reads, writes, replayed } = this;
    return { reads, writes, replayed, blocked: this.#blocked, troubles: this.#troubles };
  }

  #tick(last: number): void {
    const look = (): void => {
      const now = this.#now();
      const due = last + TICK;
      if (now - due >= TICK) this.#blocked.push({ process: this.#process, from: due, to: now });
      this.#tick(now);
    };
    setTimeout(look, TICK).unref();
  }
}
