import type { AsyncFunction, Policy } from './function-policy.js';

interface Wrap {
  readonly fn: AsyncFunction;
  readonly policy: Policy;
}

const latest = new WeakMap<AsyncFunction, Wrap>();

/**
 * What a wrapped function is to the list of ids: equal only if equal keys mean equal calls. The same function with other
 * selectors is another one: what one selects for its key, the other could select for a different call.
 */
export function identityOf(wrap: Wrap): object {
  const { fn, policy } = wrap;
  if (!selects(policy)) return fn;
  const previous = latest.get(fn);
  if (previous && sameKeys(previous.policy, policy)) return previous;
  latest.set(fn, wrap);
  return wrap;
}

function selects({ key, scope, omit, perInstance }: Policy): boolean {
  return key !== undefined || scope !== undefined || omit !== undefined || Boolean(perInstance);
}

function sameKeys(a: Policy, b: Policy): boolean {
  const sameNames = JSON.stringify(a.omit) === JSON.stringify(b.omit);
  return sameNames && a.key === b.key && a.scope === b.scope && a.perInstance === b.perInstance;
}
