import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Assignment, Orders } from './messages.js';

const CHILD = join(process.cwd(), 'checks/consistency/child.ts');
const ARGUMENTS = ['--import', 'tsx', '--conditions=@keepsake/source', CHILD];

/** How long an order may take, in ms: a lease of a process that is gone is waited for less long. */
const LONGEST_ORDER = 20_000;
/** How long a process may live on once its cache is closed, in ms. */
const LONGEST_END = 2000;

type Result<K extends keyof Orders> = Awaited<ReturnType<Orders[K]>>;

/** One process of the check, seen from outside. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #gone: Promise<void>;
  #orders = 0;
  /** What it printed: nothing, if all is well. */
  output = '';

  constructor(assignment: Assignment) {
    this.#child = spawn(process.execPath, [...ARGUMENTS, JSON.stringify(assignment)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.output += data.toString();
      });
    }
    this.#child.on('message', (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
    this.#gone = new Promise((resolve) => this.#child.once('close', () => resolve()));
    void this.#gone.then(() => {
      for (const [id, settle] of this.#waiting) settle({ id, error: `The process is gone. ${this.output}` });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /**
   * What the process answers.
   *
   * @throws Error if it fails, is gone, or does not answer in time
   */
  async ask<K extends keyof Orders>(name: K, ...args: Parameters<Orders[K]>): Promise<Result<K>> {
    const id = this.#orders++;
    const answer = await new Promise<Answer>((resolve) => {
      const late = setTimeout(() => resolve({ id, error: 'No answer in time.' }), LONGEST_ORDER);
      this.#waiting.set(id, (given) => {
        clearTimeout(late);
        resolve(given);
      });
      if (this.#child.connected) this.#child.send({ id, name, args });
      else resolve({ id, error: 'The process is gone.' });
    });
    this.#waiting.delete(id);
    if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`);
    return answer.result as Result<K>;
  }

  /** Closes its cache and waits for its end; whether it ended by itself. */
  async end(): Promise<boolean> {
    await this.ask('close');
    const lives = await Promise.race([
      this.#gone.then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), LONGEST_END).unref()),
    ]);
    await this.kill();
    return !lives && this.#child.exitCode === 0;
  }

  /** Ends it as a crash does; nothing happens if it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
