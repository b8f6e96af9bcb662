import type { Policy } from '../functions/function-policy.js';

/** The parts of reflect-metadata that are used where the application has loaded it. */
interface ReflectMetadata {
  defineMetadata?(key: unknown, value: unknown, target: object, property?: string | symbol): void;
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
}

const reflect = Reflect as ReflectMetadata;

/**
 * The metadata key under which a method with `@Cached` has its policy where reflect-metadata is loaded: on the function
 * and, under `experimentalDecorators`, on the class too, where it survives a decorator that replaces the function.
 */
export const POLICY_METADATA = 'keepsake:policy';

/** What other decorators noted on a method stays true of the one that takes its place. */
export function copyMetadata(from: object, to: object): void {
  for (const key of reflect.getOwnMetadataKeys?.(from) ?? []) {
    reflect.defineMetadata?.(key, reflect.getOwnMetadata?.(key, from), to);
  }
}

/** Notes a policy for tools that read metadata. */
export function notePolicy(policy: Policy, target: object, name?: string | symbol): void {
  if (name === undefined) reflect.defineMetadata?.(POLICY_METADATA, policy, target);
  else reflect.defineMetadata?.(POLICY_METADATA, policy, target, name);
}
