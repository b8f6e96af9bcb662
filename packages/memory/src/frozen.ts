/**
 * Freezes `value` and all it reaches. `false`, and nothing is frozen, if it reaches something whose state freezing leaves open.
 */
export function frozen(value: unknown): boolean {
  const reached = new Set<object>();
  if (!reach(value, reached)) return false;
  for (const object of reached) Object.freeze(object);
  return true;
}

function reach(root: unknown, reached: Set<object>): boolean {
  const queue: unknown[] = [root];
  while (queue.length > 0) {
    const next = queue.pop();
    if (typeof next !== 'object' || next === null || reached.has(next)) continue;
    if (staysOpen(next)) return false;
    reached.add(next);
    for (const name of Reflect.ownKeys(next)) {
      queue.push(Object.getOwnPropertyDescriptor(next, name)?.value);
    }
  }
  return true;
}

/** Whether the state of `object` is in slots that `Object.freeze` does not reach; it throws on a typed array. */
function staysOpen(object: object): boolean {
  return (
    object instanceof Map ||
    object instanceof Set ||
    object instanceof Date ||
    object instanceof RegExp ||
    object instanceof Error ||
    object instanceof URL ||
    object instanceof ArrayBuffer ||
    ArrayBuffer.isView(object)
  );
}
