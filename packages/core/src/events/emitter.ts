import { isPending } from '../contract/awaitable.js';

/** The listener of one kind of event. */
export type Listener<T> = (event: T) => void;

/** Hands events to listeners. A listener that throws, or whose promise rejects, breaks nothing. */
export class Emitter<Events extends object> {
  /** Never changed in place: who comes or goes during an event counts from the next one on. */
  readonly #listeners = new Map<keyof Events, readonly { readonly listener: Listener<never> }[]>();

  /** The function that removes the listener. */
  on<K extends keyof Events>(type: K, listener: Listener<Events[K]>): () => void {
    const own = { listener };
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), own]);
    return () => {
      const others = (this.#listeners.get(type) ?? []).filter((each) => each !== own);
      this.#listeners.set(type, others);
    };
  }

  /** Whether anybody listens: an event that nobody wants need not be made. */
  wanted(type: keyof Events): boolean {
    return (this.#listeners.get(type)?.length ?? 0) > 0;
  }

  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    const listeners = this.#listeners.get(type);
    if (!listeners) return;
    for (const { listener } of listeners) tell(listener as Listener<Events[K]>, event);
  }
}

/** A read must not fail because somebody looks on. */
function tell<T>(listener: Listener<T>, event: T): void {
  try {
    const answer: unknown = listener(event);
    if (isPending(answer)) answer.then(undefined, () => undefined);
  } catch {
    // The listener's own affair.
  }
}
