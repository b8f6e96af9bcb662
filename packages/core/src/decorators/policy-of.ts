import { bindingsOf } from '../functions/bindings.js';
import type { Policy } from '../functions/function-policy.js';

/**
 * The policy of a method with `@Cached`, or of a function that `cached` made; `undefined` for anything else. Its
 * options are as they were given: names of caches and profiles are not resolved.
 *
 * @example
 * ```ts
 * import { Cached, policyOf } from 'keepsake';
 * class Users {
 *   @Cached('5m')
 *   async find(id: string) {
 *     return { id };
 *   }
 * }
 * policyOf(Users.prototype.find)?.ttl; // '5m'
 * ```
 */
export function policyOf(method: unknown): Policy | undefined {
  return bindingsOf(method)?.definition.policy;
}
