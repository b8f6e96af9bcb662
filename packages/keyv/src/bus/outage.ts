/** Tells once that others cannot be reached, whether it was reading or publishing that failed, until both work again. */
export class Outage {
  readonly #failing = new Set<'reading' | 'publishing'>();
  readonly #tell: (error: unknown) => void;

  constructor(tell: (error: unknown) => void) {
    this.#tell = tell;
  }

  begin(side: 'reading' | 'publishing', error: unknown): void {
    const told = this.#failing.size > 0;
    this.#failing.add(side);
    if (!told) this.#tell(error);
  }

  end(side: 'reading' | 'publishing'): void {
    this.#failing.delete(side);
  }
}
