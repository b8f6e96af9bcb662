import { AsyncLocalStorage } from 'node:async_hooks';
import { type Awaitable, isPending, settle } from '../contract/awaitable.js';
import type { LoadTrail } from './load-trail.js';

/** A load, and the one that it is part of. */
interface Step {
  readonly key: string;
  readonly within: Step | undefined;
  isOver: boolean;
}

/** A trail that follows every promise of the process, which costs each of them: for finding a recursion. */
export function loadTrail(): LoadTrail | undefined {
  const storage = new AsyncLocalStorage<Step | undefined>();
  return {
    run(key, work) {
      const step: Step = { key, within: storage.getStore(), isOver: false };
      const end = (): void => {
        step.isOver = true;
      };
      // A thenable may load again each time it is asked: a promise is one that does not.
      const once = <T>(loaded: Awaitable<T>): Awaitable<T> =>
        isPending(loaded) ? Promise.resolve(loaded) : loaded;
      return settle(() => once(storage.run(step, work)), end);
    },
    leave: (work) => storage.run(undefined, work),
    includes(key) {
      // What a load has left running when it was over belongs to no load any more.
      for (let step = storage.getStore(); step && !step.isOver; step = step.within) {
        if (step.key === key) return true;
      }
      return false;
    },
  };
}
