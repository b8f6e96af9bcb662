import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Numbered, Order } from './orders.js';
import type { SubjectName } from './subjects/names.js';
import type { Place } from './subjects/subject.js';

/** What a process is told at its start. */
export interface Start {
  readonly subject: SubjectName;
  readonly place: Place;
  /** How wrong its clock is, in ms. */
  readonly shifted?: number;
}

/** What became of an order: an answer, or the end of the process. */
export type Outcome = Answer | { readonly died: string };

/** A call that is pending for so long hangs. */
const HANG = 8000;
/** What a process has beyond that to say so; one that does not is too busy to say anything. */
const GRACE = 60_000;
const CHILD = join(process.cwd(), 'checks/faults/child.ts');

/** A cache in a process of its own: it can hang, crash or be killed, and nothing here is touched. */
export class SubjectProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #orders = 0;
  #said = '';
  #died: string | undefined;
  readonly #ended: Promise<number>;

  private constructor(start: Start) {
    this.#child = fork(CHILD, [JSON.stringify(start)], {
      execArgv: ['--import', 'tsx', '--conditions=@keepsake/source', '--expose-gc'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#said += data.toString();
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.#end(code);
        resolve(performance.now());
      });
    });
  }

  /** Starts one, and waits until it takes orders. */
  static async start(start: Start): Promise<SubjectProcess> {
    const started = new SubjectProcess(start);
    const ready = new Promise<void>((resolve) => started.#child.once('message', () => resolve()));
    await Promise.race([ready, started.#ended]);
    started.#child.on('message', (answer: Answer) => started.#waiting.get(answer.id)?.(answer));
    return started;
  }

  /** Gives an order. Never rejects; the answer comes after `within` ms at the latest. */
  ask(order: Order, within = HANG): Promise<Outcome> {
    if (this.#died !== undefined) return Promise.resolve({ died: this.#died });
    const id = ++this.#orders;
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve({ died: 'too busy to answer' }), within + GRACE);
      this.#waiting.set(id, (outcome) => {
        clearTimeout(late);
        this.#waiting.delete(id);
        resolve(outcome);
      });
      const numbered: Numbered = { id, order, within };
      this.#child.send(numbered, () => {});
    });
  }

  /** How long it lives on after it has forgotten its parent, in ms; nothing if it does so for more than 8 s. */
  async lingering(): Promise<number | undefined> {
    const left = await this.ask({ do: 'leave' });
    const start = performance.now();
    if ('died' in left) return undefined;
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), HANG);
    const ms = (await this.#ended) - start;
    clearTimeout(limit);
    return ms < HANG ? ms : undefined;
  }

  /** What made it end by itself, if it did. */
  get died(): string | undefined {
    return this.#died;
  }

  /** How many lines it has printed. */
  get lines(): number {
    return this.#said.split('\n').filter((line) => line.trim() !== '').length;
  }

  /** Ends it, as the machine would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #end(code: number | null): void {
    this.#died = code === 0 ? 'exited' : `died: ${lastWords(this.#said)}`;
    for (const waiting of [...this.#waiting.values()]) waiting({ died: this.#died });
  }
}

/** The error in what Node prints when it ends a process. */
function lastWords(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const error = lines.find((line) => /^(\[?\w*Error\b|Unhandled|Uncaught)/.test(line));
  return (error ?? 'without a word').replace(/^\[/, '').replace(/:.*/, '');
}
