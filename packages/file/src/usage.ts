/** The entries known to be on the disk and their sizes, the least recently used first. */
export class Usage {
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  get count(): number {
    return this.#sizes.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The names of the entries, the least recently used first. */
  names(): Iterable<string> {
    return this.#sizes.keys();
  }

  /** Notes an entry of `bytes` as the most recently used. */
  add(name: string, bytes: number): void {
    this.remove(name);
    this.correct(name, bytes);
  }

  remove(name: string): void {
    this.#bytes -= this.#sizes.get(name) ?? 0;
    this.#sizes.delete(name);
  }

  /** Makes a known entry the most recently used. */
  use(name: string): void {
    const bytes = this.#sizes.get(name);
    if (bytes !== undefined) this.add(name, bytes);
  }

  /** Notes the size of an entry, in its place in the order; an unknown one becomes the most recently used. */
  correct(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(name) ?? 0);
    this.#sizes.set(name, bytes);
  }
}
