import { CacheConfigError } from '../errors.js';

interface Definition {
  readonly fn: unknown;
  readonly place: string | undefined;
}

/** The functions of one cache by their id: two functions under one id would serve each other's values. */
export class FunctionIds {
  readonly #onDuplicate: 'refuse' | 'replace';
  readonly #definitions = new Map<string, Definition>();

  constructor(onDuplicate: 'refuse' | 'replace') {
    this.#onDuplicate = onDuplicate;
  }

  /**
   * @param id - with its version and namespace
   * @param place - where the function was wrapped, for the message
   * @throws CacheConfigError if another function has this id
   */
  claim(id: string, fn: unknown, place: string | undefined): void {
    const other = this.#definitions.get(id);
    if (other && other.fn !== fn && this.#onDuplicate === 'refuse') {
      throw new CacheConfigError(
        `id: '${id}' names two functions, and one would be served the other's values. ` +
          `First wrapped ${other.place ?? 'at an unknown place'}, again ${place ?? 'at an unknown place'}. ` +
          `Give one of them an \`id\` of its own, or set \`duplicateIds: 'replace'\` where modules are reloaded.`,
      );
    }
    this.#definitions.set(id, { fn, place });
  }
}
