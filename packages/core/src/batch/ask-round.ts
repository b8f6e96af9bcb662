import type { Fence } from '../tiers/epochs.js';
import type { FoundOrLease, LeaseRequest, Looked, Reader } from '../tiers/reader.js';

/** What one flight asks the tiers. */
interface Question {
  readonly fence: Fence;
  readonly key: string;
  readonly request: LeaseRequest;
  readonly resolve: (answer: FoundOrLease) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The flights that the calls of one tick have started. They ask the tiers together, and go on when all of them are
 * answered: so that what no tier has is loaded together too, however the answers of the back tier trickle in.
 */
export class AskRound {
  readonly #reader: Reader;
  readonly #expected = new Set<object>();
  readonly #questions: Question[] = [];
  #sealed = false;
  #asked = false;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Whether it is too late to ask. */
  get over(): boolean {
    return this.#asked;
  }

  /** The flight of `call` has been started, and has something else to ask first. */
  expect(call: object): void {
    this.#expected.add(call);
  }

  /** The flight of `call` will not ask any more. */
  dismiss(call: object): void {
    if (this.#expected.delete(call)) this.#askIfComplete();
  }

  /** No other calls will come. */
  seal(): void {
    this.#sealed = true;
    this.#askIfComplete();
  }

  /** What the tiers say to the flight of `call`, once they have been asked by all. */
  answer(call: object, fence: Fence, key: string, request: LeaseRequest): Promise<FoundOrLease> {
    return new Promise((resolve, reject) => {
      this.#questions.push({ fence, key, request, resolve, reject });
      this.dismiss(call);
    });
  }

  #askIfComplete(): void {
    if (!this.#sealed || this.#asked || this.#expected.size > 0) return;
    this.#asked = true;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      const looked = await this.#looked();
      const answers = await Promise.allSettled(
        this.#questions.map(async ({ fence, key, request }, i) =>
          this.#reader.findOrLease(fence, key, { ...request, looked: looked[i] }),
        ),
      );
      for (const [i, answer] of answers.entries()) {
        if (answer.status === 'fulfilled') this.#questions[i]?.resolve(answer.value);
        else this.#questions[i]?.reject(answer.reason);
      }
    } catch (error) {
      for (const { reject } of this.#questions) reject(error);
    }
  }

  /** What the tiers have for each question, `undefined` where a refresh does not care, or nobody else asks. */
  async #looked(): Promise<readonly (Looked | undefined)[]> {
    const looking = this.#questions.filter(({ request }) => !request.refresh);
    if (looking.length < 2) return [];
    const sought = looking.map(({ key, request }) => ({ key, accepts: request.accepts }));
    const looked = await this.#reader.lookMany(sought);
    const byQuestion = new Map(looking.map((question, i) => [question, looked[i]]));
    return this.#questions.map((question) => byQuestion.get(question));
  }
}
