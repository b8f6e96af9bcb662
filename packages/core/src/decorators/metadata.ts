import { policyOf } from './cached-method.js';

/** The parts of reflect-metadata that are used where the application has loaded it. */
interface ReflectMetadata {
  defineMetadata?(key: unknown, value: unknown, target: object, property?: string | symbol): void;
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
}

const reflect = Reflect as ReflectMetadata;

/** The metadata key under which a class says how its method is cached. */
export const POLICY_METADATA = 'keepsake:policy';

/** What other decorators noted on a method stays true of the one that takes its place. */
export function copyMetadata(from: object, to: object): void {
  for (const key of reflect.getOwnMetadataKeys?.(from) ?? []) {
    reflect.defineMetadata?.(key, reflect.getOwnMetadata?.(key, from), to);
  }
}

/** Notes the policy on the class, for tools that read metadata. */
export function describePolicy(target: object, name: string | symbol, wrapped: object): void {
  reflect.defineMetadata?.(POLICY_METADATA, policyOf(wrapped), target, name);
}
