import { CacheConfigError } from '../errors.js';
import { nonce } from '../tags/nonce.js';
import type { Policy } from './function-policy.js';

/** What of `this` belongs in the key, in an array; `undefined` for nothing. */
export type InstancePart = (self: unknown) => readonly unknown[] | undefined;

const names = new WeakMap<object, string>();

/** The part that a policy's `perInstance` gives to keys. */
export function instancePart(policy: Policy, id: string): InstancePart {
  const { perInstance } = policy;
  if (perInstance === false) return () => undefined;
  if (perInstance === undefined) return warnsOfSecond(id);
  const select: (self: object) => unknown = perInstance === true ? nameOf : (perInstance as never);
  return (self) => ['instance', select(assertInstance(self, id))];
}

/** A name that no other object has, in this process or any other. */
function nameOf(instance: object): string {
  const name = names.get(instance) ?? nonce();
  names.set(instance, name);
  return name;
}

/** Without an object there is nothing to tell instances apart by, and a `delete` would miss the entry that is meant. */
function assertInstance(self: unknown, id: string): object {
  if ((typeof self === 'object' && self !== null) || typeof self === 'function') return self;
  throw new CacheConfigError(
    `perInstance: '${id}' was called without its object. Allowed: a call as a method, and ` +
      "`handleOf(instance, 'method')` for what is done with its entries.",
  );
}

function warnsOfSecond(id: string): InstancePart {
  let first: WeakRef<object> | undefined;
  let warned = false;
  return (self) => {
    if (warned || typeof self !== 'object' || self === null) return undefined;
    first ??= new WeakRef(self);
    if (first.deref() !== self) {
      warned = true;
      console.warn(
        `keepsake: '${id}' was called on a second instance, and instances share its results. ` +
          'Say so with `perInstance: false`, or set `perInstance: true` or a selector such as `(self) => self.tenantId`.',
      );
    }
    return undefined;
  };
}
